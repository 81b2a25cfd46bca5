"""Word diffs: what is marked, what is left out, and that nothing in a text becomes markup."""

import html
import re

from hypothesis import given
from hypothesis import strategies as st

from services import diff

TEXTS = st.text(st.sampled_from("ab <>&\"'’\n-é字 "), max_size=60)


def test_words_that_went_and_came_are_marked():
    assert diff.words("a red fox", "a brown fox") == "a <del>red</del> <ins>brown</ins> fox"


def test_an_addition_alone():
    assert diff.words("irony;", "irony and affection;") == "irony<ins> and affection</ins>;"


def test_nothing_changed():
    assert diff.words("the same", "the same") == "the same"


def test_markup_in_a_text_is_only_text():
    shown = diff.words("<b>x</b>", "<script>alert(1)</script>")
    assert "<b>" not in shown
    assert "<script>" not in shown


def test_a_brief_diff_leaves_out_what_is_the_same():
    same = " ".join(f"word{number}" for number in range(200))
    shown = diff.words(f"{same} red {same}", f"{same} brown {same}", brief=True)
    assert shown.startswith("… ")
    assert shown.endswith(" …")
    assert "word199 <del>red</del> <ins>brown</ins> word0" in shown
    assert len(shown) < 400


def test_a_brief_diff_keeps_both_sides_of_a_gap():
    same = " ".join(f"word{number}" for number in range(100))
    shown = diff.words(f"red {same} red", f"brown {same} brown", brief=True)
    assert shown.count("…") == 1
    assert "word0" in shown
    assert "word99" in shown


def test_very_long_texts_are_not_compared_word_by_word():
    shown = diff.words("a " * 3000, "b " * 3000)
    assert shown.count("<del>") == shown.count("<ins>") == 1


@given(TEXTS, TEXTS)
def test_the_marked_text_holds_the_new_text(before, after):
    shown = str(diff.words(before, after))
    kept = re.sub(r"<del>.*?</del> ?", "", shown, flags=re.DOTALL)
    new = html.unescape(re.sub(r"</?ins>", "", kept))
    assert re.sub(r"\s+", "", new) == re.sub(r"\s+", "", after)
