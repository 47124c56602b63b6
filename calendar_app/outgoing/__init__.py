"""Requests that this program sends to others."""
