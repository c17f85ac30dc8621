"""The environment or `.env` in, checked settings out: the only place that knows their names."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import platformdirs
from pydantic import Field, SecretStr, StringConstraints, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from knowledge.embeddings import EMBEDDED_MODEL
from knowledge.judge import CERTAINTIES, CERTAINTY

Address = Annotated[str, StringConstraints(pattern=r"^https?://[^\s]+$")]


class SettingsInvalid(Exception):
    """A setting has a value that cannot be used; the message names it."""


class Settings(BaseSettings):
    """Every setting, with its default. Each field is the variable of that name with the prefix FOOTNOTE_."""

    model_config = SettingsConfigDict(
        env_prefix="FOOTNOTE_", env_file=".env", env_file_encoding="utf-8", env_ignore_empty=True, extra="ignore", frozen=True
    )

    telegram_token: SecretStr | None = Field(None, description="The bot's token, from @BotFather. Needed by `footnote run` alone.")
    telegram_base_url: Address = Field("https://api.telegram.org/bot", description="Where the Bot API is; the token is appended.")
    telegram_file_url: Address = Field(
        "https://api.telegram.org/file/bot", description="Where the Bot API serves files; the token is appended."
    )
    data_dir: Path = Field(Path(platformdirs.user_data_dir("footnote", appauthor=False)), description="Where the index is kept.")
    embeddings: str = Field(
        EMBEDDED_MODEL,
        description="The embedding model: the embedded one, or provider:model for LangChain's init_embeddings. After a change: footnote ingest --rebuild.",
    )
    max_claims: int = Field(12, ge=1, le=100, description="At most this many claims of one article are judged; the rest are counted.")
    chat_model: str | None = Field(
        None,
        description="A chat model that words and judges under the same checks: provider:model for LangChain's init_chat_model. Empty: none.",
    )
    chat_model_url: Address | None = Field(None, description="The base URL of the chat model's server, such as any OpenAI-compatible one.")
    chat_timeout: float = Field(
        20, gt=0, le=600, description="Seconds that a draft of the chat model may take; then the embedded flow answers."
    )
    chat_tokens_per_day: int = Field(
        2_000_000, ge=0, description="Tokens that the chat model may spend in a day, in and out; 0: without limit."
    )
    chat_tokens_per_chat: int = Field(100_000, ge=0, description="The same for each chat.")
    chat_price: Annotated[str, StringConstraints(pattern=r"^\d+(\.\d+)?/\d+(\.\d+)?$")] | None = Field(
        None, description="What a million tokens cost, in/out, such as 0.25/2: then the log tells the cost."
    )
    certainty: float = Field(
        CERTAINTY,
        description="Of the decided verdicts, so many are to be right: 0.8, 0.85, 0.9, 0.95 or 0.97. The higher, the more claims stay open.",
    )
    database_url: str | None = Field(
        None, description="Where the bot keeps its state, as SQLAlchemy writes it; a SQLite file in the data folder unless given."
    )
    keep_days: int = Field(30, ge=1, le=3650, description="Days that what was found is kept for the buttons under it, then deleted.")
    log_level: str = Field("WARNING", pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="How much `footnote run` logs.")

    @field_validator("certainty")
    @classmethod
    def _is_an_operating_point(cls, certainty: float) -> float:
        if certainty not in CERTAINTIES:
            raise ValueError(f"one of {', '.join(map(str, CERTAINTIES))}")
        return certainty

    @property
    def state_url(self) -> str:
        return self.database_url or f"sqlite:///{self.data_dir.expanduser() / 'state.db'}"

    @property
    def index_dir(self) -> Path:
        return self.data_dir.expanduser() / "index"


def load_settings() -> Settings:
    """SettingsInvalid, naming the variable and what is wrong with it."""
    try:
        return Settings()
    except ValidationError as exc:
        raise SettingsInvalid(
            "\n".join(f"FOOTNOTE_{'_'.join(map(str, problem['loc'])).upper()}: {problem['msg']}" for problem in exc.errors())
        ) from exc
