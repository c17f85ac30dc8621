"""Sending files: photos, documents, albums and the rest."""

from __future__ import annotations

from typing import Any

from ..errors import ApiError, bad_request, over_limit
from ..files import StoredFile, check_photo, photo_sizes
from .base import Call, api

KINDS: dict[str, tuple[str, str]] = {
    "photo": ("can_send_photos", "photos"),
    "document": ("can_send_documents", "documents"),
    "audio": ("can_send_audios", "music"),
    "video": ("can_send_videos", "videos"),
    "animation": ("can_send_other_messages", "animations"),
    "voice": ("can_send_voice_notes", "voice notes"),
    "video_note": ("can_send_video_notes", "video notes"),
    "sticker": ("can_send_other_messages", "stickers"),
}
_CAPTIONED = ("photo", "document", "audio", "video", "animation", "voice")


def resolve_file(call: Call, value: Any, kind: str) -> StoredFile:
    """The file a parameter names: an upload, a file_id, or an HTTP URL the server would fetch."""
    backend = call.backend
    limits = backend.config.limits
    if not value:
        raise bad_request(f"there is no {kind} in the request")
    name, mime, data = "", "", b""
    if value.startswith("attach://"):
        upload = call.uploads.get(value[len("attach://") :])
        if upload is None:
            raise bad_request(f"there is no {kind} in the request")
        name, mime, data = upload.filename, upload.content_type, upload.data
        if not data:
            raise bad_request("file must be non-empty")
        if len(data) > limits.upload_bytes:
            raise ApiError(413, "", limit=True)
    elif value.startswith(("http://", "https://")):
        if value not in backend.world.files.web:
            raise bad_request("failed to get HTTP URL content")
        data = backend.world.files.web[value]
        name = value.rsplit("/", 1)[-1].split("?")[0]
        if len(data) > (5 if kind == "photo" else 20) * 1024 * 1024:
            raise over_limit("failed to get HTTP URL content")
    else:
        stored = backend.world.files.find(value)
        if stored is None:
            raise bad_request("wrong remote file identifier specified: Wrong string length")
        if stored.kind != kind and {stored.kind, kind} != {"document", "animation"}:
            raise bad_request(f"can't use file of type {stored.kind.capitalize()} as {kind.capitalize()}")
        return stored
    meta: dict[str, Any] = {}
    if kind == "photo":
        meta["width"], meta["height"] = check_photo(data, limits.photo_bytes)
    return backend.world.files.add(kind, data, name=name, mime_type=mime, meta=meta)


def describe(call: Call, stored: StoredFile, kind: str, params: dict[str, Any]) -> dict[str, Any]:
    """The message field of a file: ``{"document": {...}}`` and so on."""
    return file_field(call.backend.world.files, stored, kind, params)


def file_field(files: Any, stored: StoredFile, kind: str, params: dict[str, Any]) -> dict[str, Any]:
    """The message field of a file, for any sender."""
    if kind == "photo":
        return {"photo": photo_sizes(files, stored)}
    base: dict[str, Any] = {
        "file_id": stored.file_id, "file_unique_id": stored.unique_id, "file_size": stored.size,
    }  # fmt: skip
    if kind in ("document", "audio", "video", "animation") and stored.name:
        base["file_name"] = stored.name
    if kind not in ("sticker", "video_note"):
        base["mime_type"] = stored.mime_type
    if kind in ("audio", "voice", "video", "video_note", "animation"):
        base["duration"] = int(params.get("duration") or stored.meta.get("duration") or 0)
    if kind in ("video", "animation"):
        base |= {"width": int(params.get("width") or 640), "height": int(params.get("height") or 360)}
    if kind == "video_note":
        base["length"] = int(params.get("length") or 240)
    if kind == "audio":
        base |= {k: params[k] for k in ("performer", "title") if params.get(k)}
    if kind == "sticker":
        base |= {"type": "regular", "width": 512, "height": 512, "is_animated": False, "is_video": False}
        if params.get("emoji"):
            base["emoji"] = params["emoji"]
    field: dict[str, Any] = {kind: base}
    if kind == "animation":
        field["document"] = {k: v for k, v in base.items() if k not in ("width", "height", "duration")}
    return field


@api(
    "sendPhoto", "sendDocument", "sendAudio", "sendVideo", "sendAnimation", "sendVoice", "sendVideoNote",
    "sendSticker",
)  # fmt: skip
def send_file(call: Call) -> dict[str, Any]:
    """Send one file."""
    kind = {"sendVideoNote": "video_note"}.get(call.method, call.method[4:].lower())
    caption = call.caption() if kind in _CAPTIONED else {}
    call.markup()
    right, what = KINDS[kind]
    call.chat(write=True)
    stored = resolve_file(call, call.get(kind), kind)
    data = describe(call, stored, kind, call.params) | caption
    if call.get("has_spoiler"):
        data["has_media_spoiler"] = True
    return call.send(data, right=right, what=what)


def media_data(call: Call, media: dict[str, Any]) -> dict[str, Any]:
    """The message data of an ``InputMedia`` object."""
    kind = str(media.get("type", ""))
    if kind not in ("photo", "document", "audio", "video", "animation"):
        raise bad_request(f'can\'t parse InputMedia: type "{kind}" is unsupported')
    if not media.get("media"):
        raise bad_request("can't parse InputMedia: media not found")
    stored = resolve_file(call, media["media"], kind)
    data = describe(call, stored, kind, media) | call.caption(media)
    if media.get("has_spoiler"):
        data["has_media_spoiler"] = True
    return data


@api("sendMediaGroup")
def send_media_group(call: Call) -> list[dict[str, Any]]:
    """Send an album."""
    media = call.get("media") or []
    if not media:
        raise over_limit("there are no messages to send")
    if not 2 <= len(media) <= 10:
        raise over_limit("too many messages to send as an album" if len(media) > 10 else "too few messages to send as an album")
    kinds = {str(item.get("type")) for item in media}
    if len(kinds) > 1 and not kinds <= {"photo", "video"}:
        raise over_limit("can't use the media of the specified type in the album")
    chat = call.chat(write=True)
    for kind in kinds:
        call.check_can_post(chat, *KINDS.get(kind, ("can_send_messages", "messages")))
    thread = call.thread(chat)
    reply_to, extra = call.reply(chat)
    contents = [media_data(call, item) for item in media]
    call.flood(chat, len(contents))
    group = str(next(call.backend._groups))
    return [call.post(chat, {"media_group_id": group} | data | extra, reply_to=reply_to, thread=thread).to_api() for data in contents]


@api("getFile")
def get_file(call: Call) -> dict[str, Any]:
    """Prepare a file for download."""
    file_id = call.get("file_id")
    if not file_id:
        raise bad_request("file_id not specified")
    stored = call.backend.world.files.get(file_id)
    if stored.size > call.backend.config.limits.download_bytes:
        raise bad_request("file is too big")
    return {
        "file_id": stored.file_id, "file_unique_id": stored.unique_id, "file_size": stored.size,
        "file_path": stored.path,
    }  # fmt: skip


@api("getUserProfilePhotos")
def get_user_profile_photos(call: Call) -> dict[str, Any]:
    """Nobody has profile photos here."""
    call.user()
    return {"total_count": 0, "photos": []}
