# mypy: disable-error-code="import-untyped,misc,no-any-return"
"""The models of Django's subjects. Import them when its settings are configured."""

from django.db import models


class User(models.Model):
    email = models.CharField(max_length=254)
    role = models.CharField(max_length=32)
    is_active = models.BooleanField()

    class Meta:
        db_table = "users"


class Login(models.Model):
    id = models.UUIDField(primary_key=True)
    user = models.ForeignKey(User, models.CASCADE)
    expires_at = models.DateTimeField()

    class Meta:
        db_table = "logins"


class Item(models.Model):
    owner = models.ForeignKey(User, models.CASCADE)
    title = models.CharField(max_length=200)
    description = models.CharField(max_length=10_000)
    word_count = models.IntegerField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    version = models.IntegerField(default=1)

    class Meta:
        db_table = "items"
