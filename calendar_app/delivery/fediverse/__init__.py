"""The fediverse (ActivityPub): accounts that citizens follow from Mastodon, Mobilizon or Gancio."""
