"""The page of `footnote demo` in a real browser, with the real bot behind it."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright, expect

from bot.demo import _pieces, _standing
from bot.texts import texts_for

pytestmark = pytest.mark.asyncio(loop_scope="session")

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
PATIENCE = 90_000.0
TEXTS = texts_for("en")
CLAIM = "Romania's Constitutional Court annulled the presidential election on 6 December 2024."
_QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def address(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """Where a demo listens that is the second on its data; Ctrl+C ends it well."""
    env = {**os.environ, "FOOTNOTE_DATA_DIR": str(tmp_path_factory.mktemp("demo")), "PYTHONUNBUFFERED": "1"}
    async for _ in _demo(env):
        pass
    async for found in _demo(env):
        yield found


def _hears_ctrl_c() -> None:
    """Who runs the tests in the background of a shell has them, and what they start, ignore it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


async def _demo(env: dict[str, str]) -> AsyncIterator[str]:
    command = (sys.executable, "-m", "bot", "demo", "--no-open", "--port", "0")
    process = await asyncio.create_subprocess_exec(*command, env=env, stdout=asyncio.subprocess.PIPE, preexec_fn=_hears_ctrl_c)
    assert process.stdout is not None
    said = (await asyncio.wait_for(process.stdout.readline(), 120)).decode()
    yield re.findall(r"http://\S+", said)[0]
    process.send_signal(signal.SIGINT)
    assert await asyncio.wait_for(process.wait(), 30) == 0


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no Chromium here")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=_QUIET)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser: Browser, address: str) -> AsyncIterator[Page]:
    """A page of its own, that has asked no other host for anything and has written no error."""
    context = await browser.new_context(viewport={"width": 900, "height": 900}, locale="en-GB", color_scheme="light")
    page = await context.new_page()
    asked: list[str] = []
    errors: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" and "favicon" not in message.text else None)
    await page.goto(address)
    await expect(page.locator("#state")).to_have_text(TEXTS.page["online"], timeout=PATIENCE)
    yield page
    assert [url for url in asked if not url.startswith(address)] == []
    assert errors == []
    await context.close()


async def written(page: Page, text: str) -> None:
    await page.locator("#text").fill(text)
    await page.keyboard.press("Enter")


async def test_the_sample_op_ed_is_one_click_from_its_card_and_a_claim_one_more(page: Page) -> None:
    await page.get_by_role("button", name=TEXTS.page["sample"]).click()
    card = page.locator("li.bot").last
    await expect(card).to_contain_text(TEXTS.card_title, timeout=PATIENCE)
    await card.get_by_role("button", name=re.compile("^1 ")).click()
    await expect(card.locator("blockquote").first).to_be_visible(timeout=PATIENCE)
    await card.get_by_role("button", name=TEXTS.all_claims).click()
    await expect(card).to_contain_text(TEXTS.card_title, timeout=PATIENCE)


async def test_words_selected_with_the_mouse_are_what_the_answer_is_about(page: Page) -> None:
    await written(page, CLAIM)
    await expect(page.locator("li.bot").last.locator("blockquote").first).to_be_visible(timeout=PATIENCE)
    await page.evaluate(
        """() => { const text = document.querySelector("li.own .text").firstChild, range = document.createRange();
                   range.setStart(text, 0); range.setEnd(text, 30); const s = getSelection(); s.removeAllRanges(); s.addRange(range); }"""
    )
    await page.get_by_role("button", name=TEXTS.page["ask"]).click()
    await written(page, "What is this?")
    await expect(page.locator("li.own").last.locator(".replied")).to_have_text(CLAIM[:30].strip())
    await expect(page.locator("li.bot")).to_have_count(2, timeout=PATIENCE)
    await expect(page.locator("li.bot").last.locator(".replied")).to_have_text(CLAIM[:30].strip())


async def test_a_timeline_is_a_picture_with_words_for_those_who_cannot_see_it(page: Page) -> None:
    await written(page, CLAIM)
    await page.locator("li.bot").last.get_by_role("button", name=TEXTS.timeline).click(timeout=PATIENCE)
    picture = page.locator("li.bot img")
    await expect(picture).to_be_visible(timeout=PATIENCE)
    assert "6 Dec 2024" in str(await picture.get_attribute("alt"))
    assert await picture.evaluate("image => image.naturalWidth") == 1080


async def test_language_and_colours_change_at_once(page: Page) -> None:
    await page.locator("#language").select_option("ro")
    await expect(page.locator("#text")).to_have_attribute("placeholder", texts_for("ro").page["write"])
    await page.locator("#theme").click()
    assert await page.evaluate("document.documentElement.dataset.theme") == "dark"
    await written(page, "/help")
    await expect(page.locator("li.bot").last).to_contain_text(texts_for("ro").help[:40], timeout=PATIENCE)


async def test_a_dropped_file_is_read(page: Page, tmp_path: Path) -> None:
    file = tmp_path / "op-ed.txt"
    file.write_text(f"An op-ed.\n\n{CLAIM} Nobody I know was surprised. Donald Trump took the oath on 20 January 2025.", encoding="utf-8")
    await page.locator("#file").set_input_files(str(file))
    await expect(page.locator("li.bot").last).to_contain_text(TEXTS.card_title, timeout=PATIENCE)


async def test_it_can_be_used_without_a_mouse_and_with_a_screen_reader(page: Page) -> None:
    for _ in range(20):
        await page.keyboard.press("Tab")
        if await page.evaluate("document.activeElement.id") == "text":
            break
    await page.keyboard.type("/help")
    await page.keyboard.press("Enter")
    await expect(page.locator("li.bot").last).to_contain_text(TEXTS.help[:30], timeout=PATIENCE)
    unnamed = await page.evaluate(
        """() => [...document.querySelectorAll("button, textarea, select, input")].filter(e => e.offsetParent &&
              !(e.getAttribute("aria-label") || e.textContent.trim() || (e.labels && e.labels.length && e.labels[0].textContent.trim()))).map(e => e.id)"""
    )
    assert unnamed == []
    assert await page.locator("#log").get_attribute("aria-live") == "polite"


async def test_what_a_user_writes_is_never_markup(page: Page) -> None:
    await written(page, "<img src=x onerror=alert(1)> <b>Romania</b> voted on 24 November 2024 & again.")
    await expect(page.locator("li.bot")).to_have_count(1, timeout=PATIENCE)
    assert await page.locator("li .text img, li.own .text b").count() == 0


async def test_another_name_for_this_host_is_turned_away(address: str) -> None:
    async with aiohttp.ClientSession() as client:
        async with client.get(address, headers={"Host": "evil.example"}) as answer:
            assert answer.status == 403
        async with client.post(f"{address}send", json={"session": "guessed", "text": "hello"}) as answer:
            assert answer.status == 400


async def test_a_long_text_is_cut_as_apps_cut_it() -> None:
    text = "\n".join(f"line {number} " + "x" * 80 for number in range(100))
    assert "\n".join(_pieces(text)) == text
    assert max(map(len, _pieces(text))) <= 4096


async def test_a_quote_is_found_however_the_browser_breaks_its_lines() -> None:
    assert _standing("two\nthree", "one two  three four") == "two  three"
    assert _standing("five", "one two") is None
