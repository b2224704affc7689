import pytest

from services.ingest.settings import ENVIRONMENT, MIB, load
from shared.settings import SettingsError

ENVIRON = {
    "GAVEL_STACK": "local",
    "AWS_REGION": "us-east-1",
    "GAVEL_LEDGER_TABLE": "gavel-local-ledger",
    "GAVEL_EVIDENCE_BUCKET": "gavel-local-evidence",
    "GAVEL_POLICY_BUCKET": "gavel-local-policies",
    "GAVEL_ALERTS_TOPIC_ARN": "arn:aws:sns:us-east-1:000000000000:gavel-local-alerts",
    "GAVEL_MEDIA_EVENTS_URL": "http://localhost:4566/000000000000/gavel-local-media-events",
    "GAVEL_MODERATION_REQUESTS_URL": "http://localhost:4566/000000000000/gavel-local-moderation-requests",
    "GAVEL_MODERATION_BACKFILL_URL": "http://localhost:4566/000000000000/gavel-local-moderation-backfill",
    "GAVEL_VIDEO_REQUESTS_URL": "http://localhost:4566/000000000000/gavel-local-video-requests",
    "GAVEL_VIDEO_BACKFILL_URL": "http://localhost:4566/000000000000/gavel-local-video-backfill",
    "GAVEL_OUTCOMES_URL": "http://localhost:4566/000000000000/gavel-local-outcomes",
    "GAVEL_WORK_BUCKET": "gavel-local-work",
}


def test_what_the_deployment_sets_is_enough() -> None:
    settings = load(ENVIRON)
    assert settings.work_bucket == "gavel-local-work"
    assert (settings.max_image_bytes, settings.max_decode_bytes) == (64 * MIB, 640 * MIB)
    assert set(ENVIRON) < ENVIRONMENT


def test_every_missing_variable_is_named_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        load({})
    assert len(caught.value.problems) == len(ENVIRON)


def test_the_bounds_can_be_set() -> None:
    settings = load(ENVIRON | {"GAVEL_MAX_IMAGE_BYTES": "1000", "GAVEL_PARALLEL_DECODES": "4"})
    assert (settings.max_image_bytes, settings.parallel_decodes) == (1000, 4)
