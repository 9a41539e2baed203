"""Walks a plan: claims, transactions, retries, events."""
