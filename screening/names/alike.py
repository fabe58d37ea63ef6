"""How alike one token is to many listed ones: what `likeness` says of each, without reading most of them.

Few are compared one by one. Of many, letters and lengths rule most out, and the rest are measured together.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from rapidfuzz.distance import OSA
from rapidfuzz.process import cdist

from screening.names.arrays import Floats, Ids, IndexArrays
from screening.names.keys import LONGEST_TOKEN, bones_mark, letter_mask, sound_mark
from screening.names.similarity import (
    MEANINGLESS_LENGTH,
    by_closeness,
    by_edits,
    edit_budget,
    edit_similarities,
    likeness,
    skeleton,
)

FEW = 16
BEST_SPELLED = 0.92
"""What another spelling is worth at most; not worth a closer look where edits have found the word already."""

_BUDGETS: npt.NDArray[np.int8] = np.array(
    [edit_budget(length) for length in range(LONGEST_TOKEN + 1)], dtype=np.int8
)


def alike(arrays: IndexArrays, token: str, ids: Sequence[int]) -> list[float]:
    """The similarity (0 to 1) of the token to each of the listed ones, or a little more than that.

    Among many, words with the same consonants whose other letters and lengths are far apart count as unlike,
    though `likeness` may find a little in them.
    """
    if len(token) <= MEANINGLESS_LENGTH or not token.isalpha():
        return [likeness(token, arrays.token(token_id))[1] for token_id in ids]
    if len(ids) < FEW:
        return _one_by_one(arrays, token, ids)
    return _together(arrays, token, np.array(ids, dtype=np.int32))


def _one_by_one(arrays: IndexArrays, token: str, ids: Sequence[int]) -> list[float]:
    bones, sound, count = bones_mark(token), sound_mark(token), len(skeleton(token))
    found: list[float] = []
    for token_id in ids:
        text = arrays.token(token_id)
        if text == token:
            found.append(1.0)
        elif len(text) <= MEANINGLESS_LENGTH or not text.isalpha():
            found.append(likeness(token, text)[1])
        else:
            edited = by_edits(token, text)[1]
            same_bones = count > 1 and arrays.bones(token_id) == bones
            if edited and same_bones:
                edited = max(edited, BEST_SPELLED)
            elif not edited and (same_bones or arrays.sound(token_id) == sound):
                edited = by_closeness(token, text, count if same_bones else 0)[1]
            found.append(edited)
    return found


def _together(arrays: IndexArrays, token: str, ids: Ids) -> list[float]:
    sizes, bones = arrays.token_length[ids], arrays.token_bones[ids]
    apart = np.bitwise_count(arrays.token_letters[ids] ^ np.uint32(letter_mask([token])))
    longer_by = np.abs(sizes - len(token))
    longer = np.maximum(sizes, len(token))
    budgets = _BUDGETS[longer]
    shares = np.zeros(len(ids), dtype=np.float64)
    at = ((apart <= 2 * budgets - longer_by) & (longer_by <= budgets) & (bones != 0)).nonzero()[0]
    if len(at):
        shares[at] = _by_edits(arrays, token, ids[at], longer[at], budgets[at])
    count = len(skeleton(token))
    same_bones = (bones == bones_mark(token)) & (count > 1)
    edited = shares > 0.0
    np.maximum(shares, BEST_SPELLED, out=shares, where=edited & same_bones)
    spelled = (same_bones | (arrays.token_sound[ids] == sound_mark(token))) & ~edited
    spelled &= (apart <= (6 if count > 2 else 4)) & (longer_by <= (4 if count > 2 else 2))
    for place in spelled.nonzero()[0].tolist():
        text, bones_shared = arrays.token(int(ids[place])), count if same_bones[place] else 0
        shares[place] = by_closeness(token, text, bones_shared)[1]
    found: list[float] = shares.tolist()
    return found


def _by_edits(
    arrays: IndexArrays, token: str, ids: Ids, longer: npt.NDArray[np.int8], budgets: npt.NDArray[np.int8]
) -> Floats:
    texts = [arrays.token(token_id) for token_id in ids.tolist()]
    edits = cdist([token], texts, scorer=OSA.distance, score_cutoff=int(budgets.max()), dtype=np.uint8)[0]
    same_start = arrays.token_text[arrays.token_offset[ids]] == ord(token[0])
    similar = edit_similarities(edits, longer, same_start)
    shares: Floats = np.where(edits <= budgets, similar, 0.0)
    return shares
