"""What shows the platform that a caller knows the secret of the app that its token is for."""

from __future__ import annotations

import hashlib
import hmac


def secret_proof(app_secret: str, page_token: str) -> str:
    """Return the `appsecret_proof` of a token (Graph API, securing requests)."""
    return hmac.new(app_secret.encode(), page_token.encode(), hashlib.sha256).hexdigest()
