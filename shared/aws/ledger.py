"""Keeps the ledger in one DynamoDB table, on demand; `ledger_items` draws the items."""

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Protocol

from shared.aws.attributes import Attribute, instant, to_item
from shared.aws.errors import translated
from shared.aws.ledger_items import (
    ALONE,
    NEVER_OPENED,
    SUMMARY,
    entry_from,
    entry_item,
    key,
    opened,
    status_day,
    summary_from,
    summary_item,
)
from shared.aws.ledger_reader import LedgerReader
from shared.aws.tables import was_met
from shared.clock import Clock, utc_now
from shared.contracts.words import Action, Status
from shared.ledger.entries import Discarded, Entry, Quarantined, SubmissionOpened, VerdictGiven
from shared.ledger.record import RANK, Judged, Summary

LOOK_BACK_DAYS: Final = 90
"""How long an item may sit in one status and still be found: review rounds and dead letters take weeks, not months."""

# What must hold for each write, one name each.
IS_NEW: Final = "attribute_not_exists(pk)"
IS_NOT_OPENED: Final = "attribute_not_exists(pk) OR reached = :never"
IS_OPENED: Final = "reached >= :received"
IS_BEHIND: Final = (
    "(reached < :reached OR (#status = :quarantined AND reached = :reached AND updated_at <= :updated_at))"
)
IS_BEHIND_IN_VERDICTS: Final = (
    f"(verdict_number < :verdict_number OR (verdict_number = :verdict_number AND {IS_BEHIND}))"
)
IS_UNFINISHED: Final = "attribute_exists(pk) AND NOT (#status IN (:done, :quarantined))"
IS_QUARANTINED: Final = "#status = :quarantined"
IS_NO_ITEM: Final = "begins_with(pk, :alone)"
IS_UNCHANGED_SINCE: Final = "updated_at <= :updated_at"
IS_NOT_QUARANTINED_SINCE: Final = f"(#status <> :quarantined OR {IS_UNCHANGED_SINCE})"
IS_FREE: Final = "attribute_not_exists(pk) OR holder = :holder OR held_until <= :now"


class DynamoDB(Protocol):
    """What the ledger uses of aiobotocore's client."""

    async def put_item(self, **request: Any) -> dict[str, Any]: ...
    async def update_item(self, **request: Any) -> dict[str, Any]: ...
    async def transact_write_items(self, **request: Any) -> dict[str, Any]: ...
    async def get_item(self, **request: Any) -> dict[str, Any]: ...
    async def query(self, **request: Any) -> dict[str, Any]: ...


class DynamoLedger(LedgerReader):
    """The summary's way; its position is (verdict number, rank of status), and only grows:

        received ─► moderating ─► moderated ─► reviewing ─► decided ─► done ──┐  a higher verdict number
           └────────────┴─────┬──────┴─────────────┴───────────┘        ▲      │  goes to any status
                           ▲  │                                         └──────┘
                           │  ▼
                        quarantined   `reached` keeps the rank that was left: a redriven item comes back to it or to a
                                      later one; what was under way before the quarantine doesn't bring it back there

    An image that the policy decides alone goes from moderating to done at once (docs/adr/0018).

    Cost in write units, each entry below 1 KB: `open` 4 (submission, summary, by_status, by_tenant), `add` 1,
    `advance` 3 (the summary, and by_status loses one entry and gains one; one less where either isn't listed, and
    by_content 1 more from the first verdict on), a repeat the same without the indexes. In read units: `record` one
    Query (the item's bytes / 4 KB), `entry` 1, `verdict_for` 2 Queries, `by_status` one Query per day looked back.
    Nothing scans. What an item comes to is held to in tests/unit/pipeline.

    One status's partition of a day takes 1,000 writes/s. Every item comes into that of `received` and goes out of it
    again, so 500 items/s: some 43 million on a day that is as busy all through, half as many where noon is twice that.
    """

    def __init__(
        self, client: DynamoDB, table: str, *, clock: Clock = utc_now, look_back_days: int = LOOK_BACK_DAYS
    ) -> None:
        super().__init__(client, table)
        self._client = client
        self._clock = clock
        self._look_back_days = look_back_days

    async def open(self, media_id: str, entry: SubmissionOpened) -> bool:
        """Both writes are tried every time, so a crash between them is mended by the message's next delivery."""
        summary = Summary(
            media_id=media_id,
            status=Status.RECEIVED,
            tenant=entry.tenant,
            received_at=entry.at,
            updated_at=entry.at,
            kind=entry.kind,
            policy=entry.policy,
        )
        is_new = await self.add(media_id, entry)
        await self._put(opened(summary), IS_NOT_OPENED, {":never": NEVER_OPENED})
        return is_new

    async def add(self, media_id: str, entry: Entry) -> bool:
        return await self._put(entry_item(media_id, entry), IS_NEW)

    async def entry(self, media_id: str, key_: str) -> Entry | None:
        with translated("ledger"):
            answer = await self._client.get_item(TableName=self._table, Key=key(media_id, key_), ConsistentRead=True)
        return entry_from(answer["Item"]) if "Item" in answer else None

    async def advance(
        self,
        media_id: str,
        status: Status,
        at: datetime,
        *,
        verdict: Action | None = None,
        verdict_number: int | None = None,
        content_key: str | None = None,
        judged: Judged | None = None,
        is_listed: bool = True,
        is_sent_on: bool = False,
    ) -> bool:
        if status is Status.QUARANTINED:
            return await self._show_quarantined(media_id, at, IS_UNFINISHED)
        is_forward = IS_BEHIND if verdict_number is None else IS_BEHIND_IN_VERDICTS
        given = {"verdict": verdict, "verdict_number": verdict_number, "content_key": content_key, "judged": judged}
        return await self._update(
            media_id,
            _shown(status, at, is_listed=is_listed)
            | {"reached": RANK[status]}
            | {name: value for name, value in given.items() if value is not None},
            " AND ".join((IS_OPENED, is_forward, *([IS_NOT_QUARANTINED_SINCE] if is_sent_on else []))),
            {":received": RANK[Status.RECEIVED], ":quarantined": Status.QUARANTINED},
        )

    async def verdict_for(self, content_key: str) -> tuple[str, VerdictGiven] | None:
        found = await self._first(
            "content_key = :content_key",
            {":content_key": content_key},
            IndexName="by_content",
            ScanIndexForward=False,
        )
        if found is None:
            return None
        media_id = str(found["pk"]["S"])
        # The index may be behind: an appeal can have changed the verdict, or judged it under another policy.
        current = await self._first(
            "pk = :pk AND begins_with(sk, :verdict)",
            {":pk": media_id, ":verdict": "verdict#"},
            ConsistentRead=True,
            ScanIndexForward=False,
        )
        verdict = entry_from(current) if current is not None else None
        if not isinstance(verdict, VerdictGiven):
            return None
        fits = content_key.endswith(f"#{verdict.policy.name}#{verdict.policy.version}")
        return (media_id, verdict) if fits else None

    async def quarantine(self, entry: Quarantined) -> None:
        """The entry first, then the summary; a repeat goes by the time of the entry that is there, so it mends what
        a crash left undone and doesn't pull back an item that has moved on since.
        """
        media_id = entry.media_id or entry.key
        is_new = await self.add(media_id, entry)
        filed = entry if is_new else await self.entry(media_id, entry.key)
        at = filed.at if filed is not None else entry.at
        condition = IS_UNFINISHED if is_new else f"{IS_UNFINISHED} AND {IS_UNCHANGED_SINCE}"
        if not await self._show_quarantined(media_id, at, condition):
            alone = Summary(media_id=media_id, status=Status.QUARANTINED, tenant="", received_at=at, updated_at=at)
            await self._put(summary_item(alone, reached=NEVER_OPENED), IS_NEW)

    async def discard(self, media_id: str, entry: Discarded) -> bool:
        """Both or neither: nothing leaves the list without a word, and there is no word about what has moved on."""
        changes = _shown(Status.DISCARDED, entry.at)
        update = self._changing(media_id, changes, IS_QUARANTINED, {":quarantined": Status.QUARANTINED})
        put = {"TableName": self._table, "Item": entry_item(media_id, entry)}
        return await was_met(self._client.transact_write_items(TransactItems=[{"Update": update}, {"Put": put}]))

    async def release(self, id_: str, at: datetime) -> bool:
        return await self._update(
            id_,
            _shown(Status.RECEIVED, at, is_listed=False),
            f"{IS_QUARANTINED} AND {IS_NO_ITEM}",
            {":quarantined": Status.QUARANTINED, ":alone": ALONE},
        )

    async def by_status(
        self, status: Status, *, before: datetime | None = None, since: datetime | None = None
    ) -> AsyncIterator[Summary]:
        """Looks at most `look_back_days` back, unless `since` says otherwise; what has sat longer in one status isn't
        found."""
        end = (before or self._clock()).astimezone(UTC)
        back = self._look_back_days if since is None else (end.date() - since.astimezone(UTC).date()).days
        for days in range(back, -1, -1):
            day = instant(end - timedelta(days=days))
            condition, values = "status_day = :day", {":day": status_day(status, day)}
            if before is not None and days == 0:
                condition, values = f"{condition} AND updated_at < :before", values | {":before": instant(before)}
            async for item in self._query(condition, values, IndexName="by_status"):
                summary = summary_from(item)
                if since is None or summary.updated_at >= since:
                    yield summary

    async def lease(self, name: str, holder: str, *, now: datetime, ttl_s: int) -> bool:
        """`expires_at` only lets DynamoDB clear the lease away, hours later; `held_until` is what counts."""
        until = now + timedelta(seconds=ttl_s)
        fields = {"holder": holder, "held_until": until, "expires_at": int(until.timestamp()) + 1}
        return await self._put(
            key(f"lease#{name}", "lease") | to_item(fields), IS_FREE, {":holder": holder, ":now": now}
        )

    async def _show_quarantined(self, media_id: str, at: datetime, condition: str) -> bool:
        return await self._update(
            media_id,
            _shown(Status.QUARANTINED, at),
            condition,
            {":done": Status.DONE, ":quarantined": Status.QUARANTINED},
        )

    async def _put(
        self, item: dict[str, Attribute], condition: str, values: Mapping[str, object] | None = None
    ) -> bool:
        request: dict[str, Any] = {"TableName": self._table, "Item": item, "ConditionExpression": condition}
        if values:
            request["ExpressionAttributeValues"] = to_item(values)
        return await was_met(self._client.put_item(**request))

    async def _update(
        self, media_id: str, changes: Mapping[str, object], condition: str, values: Mapping[str, object]
    ) -> bool:
        return await was_met(self._client.update_item(**self._changing(media_id, changes, condition, values)))

    def _changing(
        self, media_id: str, changes: Mapping[str, object], condition: str, values: Mapping[str, object]
    ) -> dict[str, Any]:
        """Set every change, remove what is None; the condition may use the new value of each as `:<name>`."""
        kept = {name: value for name, value in changes.items() if value is not None}
        gone = [f"#{name}" for name, value in changes.items() if value is None]
        return {
            "TableName": self._table,
            "Key": key(media_id, SUMMARY),
            "UpdateExpression": "SET "
            + ", ".join(f"#{name} = :{name}" for name in kept)
            + (f" REMOVE {', '.join(gone)}" if gone else ""),
            "ConditionExpression": condition,
            "ExpressionAttributeNames": {f"#{name}": name for name in changes},
            "ExpressionAttributeValues": to_item({f":{name}": value for name, value in kept.items()} | dict(values)),
        }

    async def _first(
        self, condition: str, values: Mapping[str, object], **options: object
    ) -> dict[str, Attribute] | None:
        async for item in self._query(condition, values, Limit=1, **options):
            return item
        return None


def _shown(status: Status, at: datetime, *, is_listed: bool = True) -> dict[str, object]:
    """Without a `status_day` the index by_status has no entry: none is written for what isn't listed."""
    day = status_day(status, instant(at)) if is_listed else None
    return {"status": status, "status_day": day, "updated_at": at}
