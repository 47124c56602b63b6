"""All tables: columns, and properties of their own columns only.

Instants are aware UTC (`UTCDateTime`). An event's start and end are wall-clock times in its `timezone`; the end of an
all-day event is its last day, inclusive.
"""

from calendar_app.db.models.api import SCOPES, ApiAnswer, ApiToken
from calendar_app.db.models.delivery import (
    DELIVERY_STATES,
    OFTEN,
    Delivery,
    FeedReader,
    Outbox,
    Receiver,
    Subscription,
)
from calendar_app.db.models.desk import Comment, DeskSignal, Invitation, Mail
from calendar_app.db.models.drafts import FormDraft
from calendar_app.db.models.entries import (
    STATES,
    STATUSES,
    Announcement,
    Entry,
    EntryTag,
    Event,
    Occurrence,
    Photo,
)
from calendar_app.db.models.fediverse import (
    FEDIVERSE_REACTIONS,
    FediverseAccount,
    FediverseBlock,
    FediverseFollower,
    FediverseKey,
    FediverseReaction,
)
from calendar_app.db.models.feedback import FEEDBACK_KINDS, FEEDBACK_STATES, Feedback, FeedbackNote
from calendar_app.db.models.people import ROLES, DeskSession, SignInRecord, Throttle, User
from calendar_app.db.models.places import Category, Department, Tag, Venue
from calendar_app.db.models.polls import Poll, PollChoice, PollMark
from calendar_app.db.models.reactions import REACTION_KINDS, Reaction, ReactionDay, ReactionMark
from calendar_app.db.models.records import FormerName, LastChange, Revision, ShortAddress, Site
from calendar_app.db.models.search import SearchState, SearchWord, SpellingGroup
from calendar_app.db.models.sign_in import Identity, Passkey, RecoveryCode, ResetLink, UsedOnce
from calendar_app.db.models.sources import Source, TownCopy
from calendar_app.db.models.templates import Template

__all__ = [
    "DELIVERY_STATES",
    "FEDIVERSE_REACTIONS",
    "FEEDBACK_KINDS",
    "FEEDBACK_STATES",
    "OFTEN",
    "REACTION_KINDS",
    "ROLES",
    "SCOPES",
    "STATES",
    "STATUSES",
    "Announcement",
    "ApiAnswer",
    "ApiToken",
    "Category",
    "Comment",
    "Delivery",
    "Department",
    "DeskSession",
    "DeskSignal",
    "Entry",
    "EntryTag",
    "Event",
    "FediverseAccount",
    "FediverseBlock",
    "FediverseFollower",
    "FediverseKey",
    "FediverseReaction",
    "FeedReader",
    "Feedback",
    "FeedbackNote",
    "FormDraft",
    "FormerName",
    "Identity",
    "Invitation",
    "LastChange",
    "Mail",
    "Occurrence",
    "Outbox",
    "Passkey",
    "Photo",
    "Poll",
    "PollChoice",
    "PollMark",
    "Reaction",
    "ReactionDay",
    "ReactionMark",
    "Receiver",
    "RecoveryCode",
    "ResetLink",
    "Revision",
    "SearchState",
    "SearchWord",
    "ShortAddress",
    "SignInRecord",
    "Site",
    "Source",
    "SpellingGroup",
    "Subscription",
    "Tag",
    "Template",
    "Throttle",
    "TownCopy",
    "UsedOnce",
    "User",
    "Venue",
]
