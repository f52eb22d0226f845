"""Outputs as words for people, which can be typed again."""

from simpsh.explore.objects.name_words import parse_words, text_words


def test_each_byte_can_be_typed_as_it_is_shown_and_as_c_writes_it():
    for number in range(256):
        byte = bytes((number,))
        assert parse_words(text_words(byte)) == byte
    assert parse_words(r"\a\b\t\n\v\f\r\\\<\x00") == b"\a\b\t\n\v\f\r\\<\0"
