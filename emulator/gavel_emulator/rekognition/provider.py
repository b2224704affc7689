"""Amazon Rekognition: DetectModerationLabels, DetectLabels, content moderation of videos (`video/`), bulk analysis
(`analysis/`), and custom moderation (`adapters/`). Every other operation says that it is not emulated.

A request passes, in this order: the quota, the service model's constraints, the image's place, the image's limits, the
detector. It is the order of the errors that a client can count on.
"""

import logging
import os
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from botocore import xform_name
from localstack.aws.api import CommonServiceException, RequestContext, handler
from localstack.aws.handlers import run_custom_response_handlers
from localstack.aws.spec import load_service
from localstack.services.plugins import ServiceLifecycleHook

from gavel_emulator.rekognition import control, general_labels, moderation
from gavel_emulator.rekognition.adapters import engine as adapters_engine
from gavel_emulator.rekognition.adapters import hooks as adapters_hooks
from gavel_emulator.rekognition.adapters.knobs import Knobs as AdapterKnobs
from gavel_emulator.rekognition.adapters.port import Adapters
from gavel_emulator.rekognition.adapters.wiring import School, adapter_ports
from gavel_emulator.rekognition.analysis import engine as analysis_engine
from gavel_emulator.rekognition.analysis import hooks as analysis_hooks
from gavel_emulator.rekognition.analysis.knobs import Knobs as AnalysisKnobs
from gavel_emulator.rekognition.analysis.wiring import analysis_alarm, analysis_ports
from gavel_emulator.rekognition.detectors import nudenet
from gavel_emulator.rekognition.detectors.labels_file import LabelsBook
from gavel_emulator.rekognition.detectors.port import Detector, FirstToKnow
from gavel_emulator.rekognition.detectors.scripted import Scripted
from gavel_emulator.rekognition.error_body import complete_error_body
from gavel_emulator.rekognition.errors import (
    SCRIPT_MISTAKE,
    RekognitionError,
    invalid_parameters,
    not_emulated,
    not_serialized,
    rate_exceeded,
)
from gavel_emulator.rekognition.images import decode
from gavel_emulator.rekognition.job_book import Place
from gavel_emulator.rekognition.objects import fetch
from gavel_emulator.rekognition.properties import DEFAULT_DOMINANT_COLORS, box_colors, image_properties
from gavel_emulator.rekognition.quotas import Meter, Scope
from gavel_emulator.rekognition.scene import Picture
from gavel_emulator.rekognition.settings import DetectorName, read_settings
from gavel_emulator.rekognition.taxonomy import taxonomy
from gavel_emulator.rekognition.validation import violations
from gavel_emulator.rekognition.video import engine, hooks
from gavel_emulator.rekognition.video.knobs import Knobs
from gavel_emulator.rekognition.video.viewer import Viewer
from gavel_emulator.rekognition.video.wiring import video_alarm, video_ports
from gavel_emulator.rekognition.vocabulary import vocabulary
from gavel_emulator.rekognition.wire import body_fits

LOG = logging.getLogger(__name__)

API = "rekognition"
GENERAL_LABELS = "GENERAL_LABELS"
IMAGE_PROPERTIES = "IMAGE_PROPERTIES"

Request = Mapping[str, Any]
Response = dict[str, Any]


class RekognitionProvider(ServiceLifecycleHook):
    service = API
    version = "2016-06-27"

    def __init__(self) -> None:
        self._book = LabelsBook()
        try:
            settings = read_settings(os.environ)
            if settings.labels_file:
                self._book.add_file(settings.labels_file)
            pixels = _pixel_detector(settings.detector)
        except (ValueError, ModuleNotFoundError) as mistake:
            # Somebody's setting, not a defect: the emulator ends with these words instead of LocalStack's traceback.
            raise SystemExit(str(mistake)) from mistake
        self._detector = FirstToKnow([Scripted(self._book), *([pixels] if pixels else [])])
        self._video_alarm = video_alarm()
        self._video = video_ports(
            Viewer(self._book, pixels),
            Knobs(job_share=settings.video_job_share, job_min_s=settings.video_job_min_s),
            self._video_alarm,
        )
        self._school = School(self._detector.look)
        self._adaptation = adapter_ports(self._school, AdapterKnobs(training_min_s=settings.adapter_training_min_s))
        self._adapters: Adapters = adapters_engine.Shelf(self._adaptation.book)
        self._analysis_alarm = analysis_alarm()
        self._analysis = analysis_ports(
            self._moderate,
            self._check_adapter,
            AnalysisKnobs(image_s=settings.analysis_image_s, job_min_s=settings.analysis_job_min_s),
            self._analysis_alarm,
        )
        self._meter = Meter()
        self._latency_s = settings.latency_s

    def on_after_init(self) -> None:
        control.serve_labels(self._book)
        control.serve_quotas(self._meter)
        hooks.serve(self._video)
        analysis_hooks.serve(self._analysis)
        adapters_hooks.serve(self._adaptation)
        run_custom_response_handlers.append(complete_error_body)

    def on_before_stop(self) -> None:
        self._video_alarm.close()
        self._analysis_alarm.close()
        self._school.close()

    def detect_moderation_labels(self, context: RequestContext, request: Request) -> Response:
        self._admit(context, request, _image_problems(request))
        answer = self._moderate(
            Place(context.account_id, context.region),
            request["Image"],
            request.get("MinConfidence", moderation.DEFAULT_MIN_CONFIDENCE),
            request.get("ProjectVersion"),
        )
        if "HumanLoopConfig" in request:
            from gavel_emulator.a2i.activation import start_if_activated

            answer["HumanLoopActivationOutput"] = start_if_activated(
                account_id=context.account_id, region=context.region, request=request, response=answer
            )
        return answer

    def detect_labels(self, context: RequestContext, request: Request) -> Response:
        self._admit(context, request, _image_problems(request))
        features = request.get("Features") or [GENERAL_LABELS]
        settings = request.get("Settings", {})
        if GENERAL_LABELS not in features and ("MinConfidence" in request or "MaxLabels" in request):
            # "Only valid when supplying GENERAL_LABELS as a feature type" (API reference).
            raise invalid_parameters()
        picture = self._picture(Place(context.account_id, context.region), request["Image"])
        answer: Response = {"LabelModelVersion": vocabulary().version}
        if GENERAL_LABELS in features:
            answer["Labels"] = general_labels.label_list(
                self._detector.look(picture).objects,
                vocabulary(),
                min_confidence=request.get("MinConfidence", general_labels.DEFAULT_MIN_CONFIDENCE),
                max_labels=request.get("MaxLabels", general_labels.MAX_LABELS),
                label_filter=general_labels.LabelFilter.of(settings.get("GeneralLabels", {})),
            )
        if IMAGE_PROPERTIES in features:
            asked = settings.get("ImageProperties", {}).get("MaxDominantColors", DEFAULT_DOMINANT_COLORS)
            answer["ImageProperties"] = image_properties(picture.pixels, max_colors=asked)
            for label in answer.get("Labels", ()):
                for instance in label["Instances"]:
                    instance["DominantColors"] = box_colors(picture.pixels, instance["BoundingBox"], max_colors=asked)
        return answer

    def start_content_moderation(self, context: RequestContext, request: Request) -> Response:
        self._admit(context, request, _video_problems(request))
        return {"JobId": engine.start(self._video, Place(context.account_id, context.region), request).key.id}

    def get_content_moderation(self, context: RequestContext, request: Request) -> Response:
        self._admit(context, request)
        return engine.get(self._video, Place(context.account_id, context.region), request)

    def start_media_analysis_job(self, context: RequestContext, request: Request) -> Response:
        self._admit(context, request, _manifest_problems(request))
        place = Place(context.account_id, context.region)
        return {"JobId": analysis_engine.start(self._analysis, place, request).key.id}

    def get_media_analysis_job(self, context: RequestContext, request: Request) -> Response:
        self._admit(context, request)
        return analysis_engine.get(self._analysis, Place(context.account_id, context.region), request)

    def list_media_analysis_jobs(self, context: RequestContext, request: Request) -> Response:
        self._admit(context, request)
        return analysis_engine.list_(self._analysis, Place(context.account_id, context.region), request)

    def adapt(self, context: RequestContext, request: Request, play: Callable[..., Response]) -> Response:
        """An operation on projects and adapters."""
        self._admit(context, request)
        return play(self._adaptation, Place(context.account_id, context.region), request)

    def _admit(self, context: RequestContext, request: Request, problems: Sequence[str] = ()) -> None:
        """Past the quota, the latency and the constraints, those of the service model and `problems` beyond them;
        raises RekognitionError.
        """
        if not self._meter.admit(Scope(context.account_id, context.region, context.operation.name)):
            raise rate_exceeded()
        # Sleeps in one of the gateway's thousand threads, with no lock held.
        time.sleep(self._latency_s)
        if not body_fits(context.operation.input_shape, context.request.get_data()):
            raise not_serialized()
        found = [*violations(context.operation, request), *problems]
        if found:
            LOG.info("%s refused: %s", context.operation.name, "; ".join(found))
            raise invalid_parameters()

    def _moderate(
        self, place: Place, image: Mapping[str, Any], min_confidence: float, project_version: str | None
    ) -> Response:
        """DetectModerationLabels's answer, whoever asks: a caller or a job. Raises RekognitionError."""
        adapter = self._adapters.find(place, project_version) if project_version else None
        picture = self._picture(place, image)
        scene = self._detector.look(picture)
        if adapter:
            scene = adapter.adapt(picture, scene)
        answer = moderation.moderation_answer(scene, taxonomy(), min_confidence)
        if adapter:
            answer["ProjectVersion"] = adapter.arn
        return answer

    def _check_adapter(self, place: Place, project_version: str) -> None:
        self._adapters.find(place, project_version)

    def _picture(self, place: Place, image: Mapping[str, Any]) -> Picture:
        fetched = fetch(image, account_id=place.account_id, region=place.region)
        return decode(fetched.content, fetched.metadata)


def _image_problems(request: Request) -> list[str]:
    image = request.get("Image") or {}  # LocalStack puts None for a missing required member
    return ["Image: exactly one of Bytes and S3Object"] if ("Bytes" in image) == ("S3Object" in image) else []


def _video_problems(request: Request) -> list[str]:
    return _place_problems(request, "Video")


def _manifest_problems(request: Request) -> list[str]:
    asked = request.get("OperationsConfig") or {}
    # The only operation that there is; its settings may be empty.
    missing = asked.get("DetectModerationLabels") is None
    return [*_place_problems(request, "Input"), *(["OperationsConfig: names no operation"] if missing else [])]


def _place_problems(request: Request, name: str) -> list[str]:
    """No member of S3Object is required in the service model, and neither can be missing."""
    place = (request.get(name) or {}).get("S3Object") or {}
    return [f"{name}.S3Object.{part}: missing" for part in ("Bucket", "Name") if not place.get(part)]


def _pixel_detector(name: DetectorName) -> Detector | None:
    match name:
        case DetectorName.SCRIPTED:
            return None
        case DetectorName.NUDENET:
            return nudenet.NudeNet(nudenet.load_model())


def _answered(
    operation: str, play: Callable[[RekognitionProvider, RequestContext, Request], Response]
) -> Callable[[RekognitionProvider, RequestContext, Request], Response]:
    """A handler of `operation`: LocalStack serialises its own exceptions only."""

    def answer(self: RekognitionProvider, context: RequestContext, request: Request) -> Response:
        try:
            return play(self, context, request)
        except RekognitionError as refusal:
            if refusal.status != 400 or refusal.message.startswith(SCRIPT_MISTAKE):
                LOG.warning("rekognition.%s: %s", operation, refusal.message)
            raise CommonServiceException(refusal.code, refusal.message, refusal.status) from refusal

    # The dispatch table finds a handler by its function's name.
    answer.__name__ = xform_name(operation)
    return handler(operation, expand=False)(answer)


def _refuse(self: RekognitionProvider, context: RequestContext, request: Request) -> Response:
    raise not_emulated(context.operation.name)


def _on_adapters(
    play: Callable[[adapters_engine.Ports, Place, Request], Response],
) -> Callable[[RekognitionProvider, RequestContext, Request], Response]:
    def answer(self: RekognitionProvider, context: RequestContext, request: Request) -> Response:
        return self.adapt(context, request, play)

    return answer


def _play_every_operation() -> None:
    for operation in load_service(API).operation_names:
        name = xform_name(operation)
        on_adapters = adapters_engine.OPERATIONS.get(operation)
        play = _on_adapters(on_adapters) if on_adapters else getattr(RekognitionProvider, name, _refuse)
        setattr(RekognitionProvider, name, _answered(operation, play))


_play_every_operation()
