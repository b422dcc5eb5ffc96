"""The words of a call: easy to say, never the same twice, the same for everybody who looks."""

import collections

from twofactor import pairs


def test_both_lists_are_whole_and_go_together():
    english, chinese = zip(*pairs._WORDS, strict=True)
    assert len(pairs._WORDS) == 256
    assert len(set(english)) == len(set(chinese)) == 256
    assert all(word.isascii() and word.isalpha() and word.islower() and 2 < len(word) < 13 for word in english)
    assert all(not word.isascii() and 1 < len(word) < 5 for word in chinese)


def test_no_two_words_begin_alike_to_the_ear():
    """None is the beginning of another one, which a bad line would cut to it."""
    english = [word for word, _chinese in pairs._WORDS]
    clashes = {(one, two) for one in english for two in english if one != two and two.startswith(one)}
    assert clashes == set()


def test_everybody_who_looks_sees_the_same():
    assert pairs.pair("A" * 22) == pairs.pair("A" * 22)
    assert pairs.pair("A" * 22) != pairs.pair("B" * 22)


def test_a_reader_of_chinese_sees_the_same_two_things():
    words = dict(pairs._WORDS)
    for name in ("one", "two", "three"):
        english, chinese = pairs.pair(name, "en"), pairs.pair(name, "zh-hant")
        assert chinese == tuple(words[word] for word in english)


def test_the_two_words_are_never_one():
    drawn = [pairs.pair(str(number), "en") for number in range(20_000)]
    assert all(first != second for first, second in drawn)


def test_every_word_is_as_likely_in_both_places(settings):
    """Chi-square with 255 degrees of freedom: above 330 comes by chance once in a thousand times."""
    drawn = [pairs.pair(str(number), "en") for number in range(20_000)]
    for place in (0, 1):
        seen = collections.Counter(each[place] for each in drawn)
        expected = len(drawn) / 256
        assert sum((count - expected) ** 2 / expected for count in seen.values()) < 330


def test_without_the_pepper_nobody_knows_them(settings):
    before = pairs.pair("A" * 22)
    settings.PORTAL_PEPPER = b"another pepper of the tests"
    assert pairs.pair("A" * 22) != before
