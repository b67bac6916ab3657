"""Whether what must not be there is there: a person, a number, a secret."""

import re


def holds(content, word):
    """Whether a text or the bytes of a file hold a word.

    A few digits alone count where they stand for themselves: ports, sizes and times of day hold any four by chance.
    """
    text = content.decode(errors="replace") if isinstance(content, bytes) else content
    if not word.isdigit() or len(word) > 6:
        return word in text
    return re.search(rf"(?<![\w.-]){word}(?!\w)", text) is not None
