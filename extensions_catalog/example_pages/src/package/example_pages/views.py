"""The pages of items. Users can see and change only their own items."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ..accounts import current_user
from ..database import db, paginate
from ..example_items import count_words
from ..example_items.models import Item
from ..example_items.queries import get_item_of, items_of
from ..login import login_required
from ..pages.lists import list_query
from ..tasks import enqueue
from .forms import ItemForm

CHANGED = (
    "This item was changed after you opened it. Save again to replace that change with your texts."
)

blueprint = Blueprint("item_pages", __name__, url_prefix="/items")


@blueprint.get("")
@login_required
def list_items() -> str:
    """List the user's items."""
    query = list_query(sortable=("title", "created_at"), default="-created_at")
    return render_template("items/list.html", page=paginate(items_of(current_user), **query))


@blueprint.route("/new", methods=["GET", "POST"])
@login_required
def add_item() -> str | Response:
    """Add an item, or show the form with its errors."""
    form = ItemForm()
    if form.validate_on_submit():
        item = Item(
            owner_id=current_user.id, title=form.title.data, description=form.description.data
        )
        db.session.add(item)
        db.session.flush()  # sets the id of the item
        enqueue(count_words, item.id)
        db.session.commit()
        flash("The item was added.", "success")
        return redirect(url_for(".list_items"))
    return render_template("items/add.html", form=form)


@blueprint.route("/<int(max=2147483647):item_id>", methods=["GET", "POST"])
@login_required
def edit_item(item_id: int) -> str | Response:
    """Change an item, or show the form with its errors."""
    item = get_item_of(current_user, item_id)
    form = ItemForm(obj=item)
    if form.validate_on_submit():
        if form.version.data == str(item.version):
            item.title, item.description = form.title.data, form.description.data
            enqueue(count_words, item.id)
            db.session.commit()
            flash("The item was saved.", "success")
            return redirect(url_for(".list_items"))
        form.form_errors.append(CHANGED)
        form.version.data = item.version
    return render_template("items/edit.html", form=form, item=item)


@blueprint.post("/<int(max=2147483647):item_id>/delete")
@login_required
def delete_item(item_id: int) -> Response:
    """Delete the version of an item that the user saw."""
    item = get_item_of(current_user, item_id)
    if request.args.get("version") != str(item.version):
        flash("The item was changed after you opened it: look at it before you delete it.", "error")
        return redirect(url_for(".edit_item", item_id=item.id))
    db.session.delete(item)
    db.session.commit()
    flash("The item was deleted.", "success")
    return redirect(url_for(".list_items"))
