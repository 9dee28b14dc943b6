"""What the endpoints of accounts read and answer."""

from marshmallow import fields, validate

from ..api.schemas import Integer, Schema, Text

# NIST SP 800-63B asks for at least 8 characters, and for room for passphrases. Without an
# upper bound anybody could have a body of MAX_CONTENT_LENGTH hashed. Old passwords may be
# shorter than today's rule.
SHORTEST, LONGEST = 8, 256


class CredentialsSchema(Schema):
    """What opens an account."""

    email = fields.Email(required=True, validate=validate.Length(max=254))
    password = Text(LONGEST, required=True)


class RegistrationSchema(CredentialsSchema):
    """A new account."""

    password = Text(LONGEST, min_length=SHORTEST, required=True)


class PasswordChangeSchema(Schema):
    """A new password, and the current one as proof."""

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
    expires_in = Integer(required=True, metadata={"description": "Of the access token, seconds."})


class AccountSchema(Schema):
    """An account as its user sees it."""

    id = Integer(required=True)
    email = fields.String(required=True)
    role = fields.String(required=True)
