"""Requests and responses of the account endpoints."""

from marshmallow import fields, validate

from ..accounts.passwords import LONGEST, SHORTEST
from ..api.schemas import Integer, Schema, Text


class CredentialsSchema(Schema):
    """The e-mail address and password of an account."""

    email = fields.Email(required=True, validate=validate.Length(max=254))
    password = Text(LONGEST, required=True)


class RegistrationSchema(CredentialsSchema):
    """A new account."""

    password = Text(LONGEST, min_length=SHORTEST, required=True)


class PasswordChangeSchema(Schema):
    """A new password, and the current one for verification."""

    current_password = Text(LONGEST, required=True)
    new_password = Text(LONGEST, min_length=SHORTEST, required=True)


class RefreshSchema(Schema):
    """A refresh token to exchange."""

    refresh_token = Text(100, required=True)


class TokensSchema(Schema):
    """The tokens of a login (RFC 6749, section 5.1)."""

    access_token = fields.String(required=True)
    refresh_token = fields.String(required=True)
    token_type = fields.String(required=True)
    expires_in = Integer(required=True, metadata={"description": "Access token lifetime, seconds."})


class AccountSchema(Schema):
    """An account as shown to its user."""

    id = Integer(required=True)
    email = fields.String(required=True)
    role = fields.String(required=True)
