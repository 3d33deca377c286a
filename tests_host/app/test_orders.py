"""Orders over HTTP to a virtual board: scan and trial, and a restart that hands back."""

import asyncio

from installation import play


async def post(it, order, token=None, method="POST"):
    """Status line of the answer to an order."""
    token = (await it.status())["board"]["token"] if token is None else token
    reader, writer = await asyncio.open_connection("127.0.0.1", it.board.http_port)
    writer.write(f"{method} /api/v1/do/{token}/{order} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    line = await reader.readline()
    writer.close()
    return line.decode().split(" ", 1)[1].strip()


def test_the_trial_by_order_of_the_page():
    async def scenario(it):
        await it.balanced()
        assert await post(it, "test", token="000000000000") == "403 Forbidden"
        assert (await post(it, "test", method="GET"))[:3] == "400"
        assert await post(it, "nonesuch") == "404 Not Found"
        assert await post(it, "test") == "202 Accepted"
        status = await it.until_status("over", lambda s: s.get("trial", {}).get("over"), 180)
        codes = [result[0] for result in status["trial"]["results"]]
        assert codes[0] == "test_talks"
        assert "model_agrees" in codes and "test_follows" in codes
        assert codes[-1] == "test_fell_back"
        await it.balanced()

    play(scenario)


def test_a_restart_that_is_asked_for_hands_the_inverter_back():
    async def scenario(it):
        await it.balanced()
        seen = []
        it.house.port.on_request = lambda e: seen.append((e.function, e.address))
        assert await post(it, "restart") == "202 Accepted"
        await it.until("handed back", lambda house: (16, 0x1110) in seen, 10)
        assert (16, 0x1187) in seen
        await it.house.sleep(3)
        await it.until_status("again", lambda s: s["inverter"].get("ready"), 60)
        assert any("start restart" in line for line in it.board.log)

    play(scenario)
