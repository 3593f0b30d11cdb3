"""Messenger on the wire: webhooks in, messages out."""
