"""Framer: which bytes are a telegram, and that the telegram after any damage is found."""

from p1_rig import LINES, drain, fed, results_of, telegram, text_of, vector

from p1.framer import CRC_ERROR, NO_CRC, OVERFLOW, TRUNCATED, WAIT, Framer

GOOD = telegram()
GOOD_TEXT = text_of(GOOD)
OTHER = telegram(LINES[:-1])
OTHER_TEXT = text_of(OTHER)
OLD = vector("nl_dsmr22_isk_me382.txt")


def test_whole_telegram():
    assert results_of(GOOD) == [GOOD_TEXT]


def test_byte_by_byte():
    assert results_of(GOOD, 1) == [GOOD_TEXT]


def test_split_at_each_position():
    for split in range(1, len(GOOD)):
        framer = Framer(1024)
        results = []
        for part in (GOOD[:split], GOOD[split:]):
            results += fed(framer, part)
        assert results == [GOOD_TEXT], split


def test_telegram_is_there_with_the_fourth_digit_of_the_crc():
    framer = Framer(1024)
    assert fed(framer, GOOD[:-3]) == []
    assert fed(framer, GOOD[-3:-2]) == [GOOD_TEXT]
    assert fed(framer, GOOD[-2:]) == []
    assert framer.noise_bytes == 0


def test_printed_length_covers_the_crc():
    framer = Framer(1024)
    last = len(GOOD) - 10
    fed(framer, GOOD[:last])
    framer.feed(GOOD[last:], 10, 0)
    length = framer.poll()
    assert length == len(GOOD) - 6
    assert bytes(framer.buf[: framer.printed_length]) == GOOD[:-2]


def test_every_flipped_bit_is_rejected_and_the_next_telegram_found():
    for i in range(len(GOOD)):
        bad = bytearray(GOOD)
        bad[i] ^= 1 << i % 8
        results = results_of(bytes(bad) + OTHER)
        assert results[-1] == OTHER_TEXT, i
        if i < len(GOOD) - 2 and results[0] == GOOD_TEXT:
            # Bit 5 of a digit of the CRC makes it lower case.
            assert i >= len(GOOD) - 6 and bytes(bad).upper() == GOOD.upper(), i


def test_garbage_before_is_counted_as_noise():
    framer = Framer(1024)
    assert fed(framer, b"\x00\xff\r\n\xffabc\r\n" + GOOD) == [GOOD_TEXT]
    assert framer.noise_bytes == 6
    assert framer.telegrams == 1


def test_blank_lines_between_telegrams_are_not_noise():
    framer = Framer(1024)
    assert fed(framer, GOOD + b"\r\n\r\n" + OTHER + b"\n") == [GOOD_TEXT, OTHER_TEXT]
    assert framer.noise_bytes == 0


def test_stream_that_begins_in_the_middle():
    for cut in range(1, len(GOOD)):
        assert results_of(GOOD[cut:] + OTHER) == [OTHER_TEXT], cut


def test_telegram_cut_off_anywhere_then_the_next_follows_at_once():
    for cut in range(1, len(GOOD) - 3):
        results = results_of(GOOD[:cut] + OTHER)
        assert results[-1] == OTHER_TEXT, cut
        assert results[:-1] in ([], [TRUNCATED], [CRC_ERROR]), cut


def test_cut_off_in_the_middle_of_a_line_is_one_truncated_telegram():
    framer = Framer(1024)
    cut = GOOD.index(b"1-0:1.7.0") + 15
    assert fed(framer, GOOD[:cut] + OTHER) == [TRUNCATED, OTHER_TEXT]
    assert (framer.truncated, framer.crc_errors, framer.telegrams) == (1, 0, 1)


def test_two_glued_telegrams():
    assert results_of(GOOD + OTHER) == [GOOD_TEXT, OTHER_TEXT]
    assert results_of(GOOD[:-2] + OTHER) == [GOOD_TEXT, OTHER_TEXT]


def test_slash_in_a_text_does_not_begin_a_telegram():
    noisy = telegram(LINES[:-1] + ("0-0:96.13.0(test-/-test)", "0-0:96.13.1(/FLU5)"))
    assert results_of(noisy) == [text_of(noisy)]


def test_bang_in_a_line_does_not_end_a_telegram():
    noisy = telegram(LINES[:-1] + ("0-0:96.13.0(Hello!1234)",))
    assert results_of(noisy) == [text_of(noisy)]


def test_damaged_telegram_with_slashes_counts_once():
    noisy = bytearray(telegram(LINES[:-1] + ("0-0:96.13.0(see /FLU5 and /abc)",)))
    noisy[40] ^= 1
    framer = Framer(1024)
    assert fed(framer, bytes(noisy) + OTHER) == [CRC_ERROR, OTHER_TEXT]
    assert (framer.crc_errors, framer.truncated) == (1, 0)


def test_crc_of_three_digits_and_in_lower_case():
    short = vector("be_50213_restored_crc3digits_156.txt")
    assert short.endswith(b"!156\r\n")
    assert results_of(short) == [text_of(short)]
    lower = vector("be_50217_empty98_water_ch1_438b.txt")
    assert lower.endswith(b"!438b")
    assert results_of(lower) == [text_of(lower)]


def test_short_crc_without_line_end_waits_for_silence():
    short = vector("be_50213_restored_crc3digits_156.txt")[:-2]
    framer = Framer(1024)
    assert fed(framer, short, now_ms=1000) == []
    assert framer.idle(1099) == WAIT
    assert framer.idle(1100) == len(short) - 3


def test_silence_over_the_wrap_of_the_ticks():
    short = vector("be_50213_restored_crc3digits_156.txt")[:-2]
    framer = Framer(1024)
    assert fed(framer, short, now_ms=(1 << 30) - 50) == []
    assert framer.idle(20) == WAIT
    assert framer.idle(60) == len(short) - 3


def test_meter_that_stops_in_a_line_is_given_up_after_two_seconds():
    framer = Framer(1024)
    assert fed(framer, GOOD[:200], now_ms=0) == []
    assert framer.idle(1999) == WAIT
    assert framer.idle(2000) == TRUNCATED
    assert framer.idle(9000) == WAIT
    assert fed(framer, OTHER, now_ms=9000) == [OTHER_TEXT]


def test_telegram_that_begins_on_a_new_line_makes_the_last_one_truncated():
    framer = Framer(1024)
    cut = GOOD.index(b"1-0:1.7.0")
    assert fed(framer, GOOD[:cut] + OTHER) == [TRUNCATED, OTHER_TEXT]
    assert framer.truncated == 1


def test_end_of_the_stream_completes_a_short_crc_without_line_end():
    short = vector("be_50213_restored_crc3digits_156.txt")[:-2]
    assert results_of(short) == [text_of(short)]


def test_idle_works_off_what_was_fed():
    framer = Framer(1024)
    fed(framer, GOOD[:200])
    framer.feed(GOOD[200:], len(GOOD) - 200, 0)
    assert framer.idle(5000) == len(GOOD_TEXT)
    assert framer.idle(5000) == WAIT


def test_wrong_crc():
    bad = GOOD[:-6] + (b"0000\r\n" if GOOD[-6:-2] != b"0000" else b"0001\r\n")
    assert results_of(bad) == [CRC_ERROR]


def test_crc_that_is_no_number():
    assert results_of(GOOD[:-6] + b"XXXX\r\n") == [CRC_ERROR]


def test_no_crc_is_good_for_dsmr_22_only():
    assert results_of(OLD) == [text_of(OLD)]
    assert results_of(GOOD[:-6] + b"\r\n") == [NO_CRC]


def test_meter_that_has_sent_a_crc_must_go_on_sending_it():
    framer = Framer(1024)
    bare = telegram(LINES[3:])[:-6] + b"\r\n"
    assert fed(framer, bare) == [text_of(bare)]
    assert fed(framer, GOOD) == [GOOD_TEXT]
    assert fed(framer, bare) == [NO_CRC]
    assert framer.no_crc == 1


def test_which_meter_has_to_send_a_crc_follows_the_last_one():
    framer = Framer(1024)
    headers = ("/FLU5\\253769484_A", "/FLU5\\253769484_B")
    for header in headers:
        good = telegram(header=header)
        assert fed(framer, good) == [text_of(good)]
    old = telegram(LINES[3:], header=headers[0])[:-6] + b"\r\n"
    assert fed(framer, old) == [text_of(old)]
    bare = telegram(LINES[3:], header=headers[1])[:-6] + b"\r\n"
    assert fed(framer, bare) == [NO_CRC]


def test_dsmr_22_cut_off_in_a_line_then_the_next():
    text = text_of(OLD)
    for cut in range(30, len(text) - 2):
        results = results_of(OLD[:cut] + OLD)
        assert results[-1] == text, cut


def test_oversize_is_counted_and_the_next_found():
    framer = Framer(600)
    long = telegram(LINES + ("0-0:96.13.0(" + "41" * 500 + ")",))
    assert fed(framer, long + OTHER) == [OVERFLOW, OTHER_TEXT]
    assert framer.overflows == 1


def test_telegram_of_exactly_the_capacity():
    assert results_of(GOOD, capacity=len(GOOD)) == [GOOD_TEXT]


def test_never_ending_text_does_not_grow():
    framer = Framer(600)
    size = len(framer.buf)
    for _ in range(50):
        fed(framer, b"/FLU5\\253(" + b"x" * 190)
    assert len(framer.buf) == size
    assert fed(framer, b"\r\n" + GOOD)[-1] == GOOD_TEXT


def test_text_with_paths_between_telegrams_is_noise():
    prose = b"see https://example.org/abc or\r\n/home/user/telegrams and so on\r\n"
    framer = Framer(1024)
    assert fed(framer, prose + GOOD + prose + OTHER) == [GOOD_TEXT, OTHER_TEXT]
    assert framer.truncated == 0


def test_telegram_after_garbage_without_line_end():
    assert results_of(b"\x81/zz(/FLU5 3\x81" + GOOD)[-1] == GOOD_TEXT
    assert results_of(b"abc/def" + GOOD)[-1] == GOOD_TEXT


def test_orphan_end_line_before_the_header():
    framer = Framer(1024)
    assert fed(framer, b"!DA4F\r\n" + GOOD) == [GOOD_TEXT]
    assert framer.crc_errors == 0


def test_feeding_more_than_the_window_is_a_wrong_program():
    try:
        Framer(1024).feed(bytes(300), 300, 0)
    except ValueError as error:
        assert str(error) == "n"
    else:
        raise AssertionError("took 300 bytes")


def test_feeding_without_polling_drops_and_counts():
    framer = Framer(600)
    for _ in range(20):
        framer.feed(GOOD, 256, 0)
    assert framer.overflows > 0
    drain(framer, [], framer.flush)
    assert fed(framer, GOOD)[-1] == GOOD_TEXT


def test_every_stream_of_the_vectors_gives_the_same_in_any_pieces():
    for name in ("nl_smr5_t210d_stream12.txt", "nl_smr5_truncated_then_good_34b6.txt"):
        stream = vector(name)
        whole = results_of(stream)
        for size in (1, 3, 64, 100):
            assert results_of(stream, size) == whole, (name, size)
