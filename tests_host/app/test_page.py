"""The page as a phone shows it, served by the board: real Chromium, real interpreter."""

import asyncio
import shutil
import subprocess
import tempfile

import pytest
from installation import Installation, play

from tools import wire
from tools.live.pictures import QUIET

pytestmark = pytest.mark.skipif(not shutil.which("chromium"), reason="needs chromium")


def _shown(address, language):
    """The text of the page once it has asked the board."""
    with tempfile.TemporaryDirectory(prefix="jullix-chromium-") as profile:
        options = [f"--user-data-dir={profile}", "--window-size=320,900", "--dump-dom"]
        command = ["chromium", *QUIET, *options, f"{address}/?{language}"]
        return subprocess.run(command, capture_output=True, text=True, timeout=120).stdout


def test_the_page_tells_in_words_what_the_board_does():
    async def run():
        async with Installation() as it:
            await it.balanced()
            await it.until_status("told", lambda s: s["control"]["regime"] == "balance")
            pages = {}
            for language in ("nl", "fr", "en"):
                pages[language] = await asyncio.to_thread(_shown, it.board.http, language)
            return pages

    pages = wire.run(run())
    for language, words in (
        ("nl", ("Balanceren", "Digitale meter", "Laatste gebeurtenissen")),
        ("fr", ("Équilibrage", "Compteur numérique", "Derniers événements")),
        ("en", ("Balancing", "Digital meter", "Last events")),
    ):
        for word in (*words, "Sofar ESI 3K-S1", "JULLIX_000001"):
            assert word in pages[language], (language, word)
        assert 'id="lost" role="alert" hidden' in pages[language]


def test_an_installer_tries_the_inverter_with_one_button():
    from playwright.async_api import async_playwright

    async def scenario(installation):
        await installation.balanced()
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(
                executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
            )
            page = await browser.new_page()
            await page.goto(installation.board.http + "/?en")
            await page.get_by_role("button", name="Test", exact=True).click()
            await page.get_by_text("That is proved.").wait_for(timeout=120000)
            shown = await page.inner_text("#try-results")
            await browser.close()
        for words in ("answers every question", "fits the chosen model", "the battery gave 4"):
            assert words in shown, shown
        await installation.balanced()

    play(scenario)
