#!/usr/bin/env bash
# Plants mistakes in the kernels, one at a time, and demands that the tests see each of them.
# Usage: mutants.sh FOLDER [WORDS]     FOLDER/main.o is used if it is there. WORDS: only mutants whose line has them. Exit status 0 only if every mutant was caught.
set -euo pipefail
folder=$(mkdir -p "${1:?Usage: mutants.sh FOLDER}" && cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
export folder here

# NAME ; FILE ; TEST that must fail ; Perl substitution on the whole file
mutants=(
    "a warp's sum leaves out its last step;warp.cuh;row_norms_test;s/offset > 0; offset/offset > 1; offset/"
    "folded rows change places;warp.cuh;cosine_test;s/own = upper \? float\(high\) : float\(low\)/own = upper ? float(low) : float(high)/"
    "an overflowing norm counts as infinite;rows.cuh;cosine_test;s/squares <= 3.402823466e38f \?/squares == squares ?/"
    "no lower bound of a norm;rows.cuh;cosine_test;s/fmaxf\(sqrtf\(squares\), 1e-8f\)/sqrtf(squares)/"
    "the fourth bf16 is the third again;rows.cuh;cosine_test;s/__uint_as_float\(words\.y & 0xffff0000u\)/__uint_as_float(words.y << 16)/"
    "rows past the end get a norm;row_norms.cuh;row_norms_test;s/if \(row >= row_count\)/if (row > row_count)/"
    "a tile is overwritten while it is read;cosine.cuh;cosine_test;s/__syncthreads\(\);  \/\/ every warp has done with the tile before\n(\s+CosineTile)/\$1/"
    "a tile is read before it is filled;cosine.cuh;cosine_test;s/(fill\(tile, columns [^\n]*\n)\s+__syncthreads\(\);/\$1/"
    "the last columns of a tile are not stored;cosine.cuh;cosine_test;s/ \|\| t == count - 1//"
    "repeated rows are stored;cosine.cuh;cosine_test;s/own_row < row_count && //"
    "every tile starts at column 0;cosine.cuh;cosine_test;s/columns \+ \(long long\)first \* DIM, count/columns, count/"
    "norms of columns are overwritten while they are read;cosine.cuh;cosine_test;s/__syncthreads\(\);  \/\/ every warp has done with the tile before\n(\s+for \(int t = warp)/\$1/"
    "the lower fragment repeats the upper rows;cosine_mma.cuh;cosine_mma_test;s/\? first_row \+ g \+ 8 :/? first_row + g :/"
    "columns past the end are stored;cosine_mma.cuh;cosine_mma_test;s/ && column < column_count//"
    "a column is divided by a row's norm;cosine_mma.cuh;cosine_mma_test;s/column_norms\[column\]/row_norms[column]/"
    "a tie is not overfitted;judge_directions.cuh;judge_directions_test;s/!\(own > highest\)/!(own >= highest)/"
    "NaN is not overfitted;judge_directions.cuh;judge_directions_test;s/!\(own > highest\)/own <= highest/"
    "the maximum drops a NaN;judge_directions.cuh;judge_directions_test;s/a != a \|\| a > b \? a : b/a > b ? a : b/"
    "the later of two best images wins;judge_directions.cuh;judge_directions_test;s/image < best_image\)/image > best_image)/"
    "an image with NaN may be the best;judge_directions.cuh;judge_directions_test;s/if \(!not_finite && /if (/"
    "the last text is left out;judge_directions.cuh;judge_directions_test;s/t < text_count; \+\+t/t < text_count - (text_count > 1); ++t/"
    "warps are joined before they have finished;judge_directions.cuh;judge_directions_test;s/found\[warp\] = mine;\n    \}\n    __syncthreads\(\);/found[warp] = mine;\n    }/"
    "norms of texts are read before they are there;judge_directions.cuh;judge_directions_test;s/(warp, warps\);\n)    __syncthreads\(\);/\$1/"
    "the count of finished blocks is not reset;judge_directions.cuh;judge_directions_test;s/\*results\.finished = 0;//"
    "openness leaves out directions past the 32nd;judge_directions.cuh;judge_directions_test;s/i < direction_count; i \+= 32/i < min(direction_count, 32); i += 32/"
    "uncertainty in another base;judge_directions.cuh;judge_directions_test;s/return -p \* logf\(p\) - q \* logf\(q\)/return 1.442695f * (-p * logf(p) - q * logf(q))/"
    "equal values go to the higher index;top_k.cuh;top_k_test;s/value == other && index < other_index/value == other && index > other_index/"
    "NaN stands first;top_k.cuh;top_k_test;s/: other_is_nan;/: is_nan;/"
    "a tile of values is overwritten while it is read;top_k.cuh;top_k_test;s/__syncthreads\(\);  \/\/ every thread[^\n]*//"
    "the last tile is read past its end;top_k.cuh;top_k_test;s/min\(threads, count - first\)/threads/"
    "a wrong coefficient in the logarithm;logarithm.inc;logarithm_test;s/0\.28571430f/0.2757f/"
)

chosen=()
for mutant in "${mutants[@]}"; do [[ $mutant == *"${2:-}"* ]] && chosen+=("$mutant"); done

# Exit status 0 if the mutant is caught.
try_mutant() {
    local name file test substitution
    IFS=';' read -r name file test substitution <<<"$1"  # the last one takes the rest of the line, semicolons included
    local work && work=$(mktemp -d "$folder/mutant.XXXXXX")
    trap 'rm -rf "$work"' RETURN
    cp -r "$here/../../native/kernels" "$work/kernels"
    [ -f "$folder/main.o" ] && cp "$folder/main.o" "$work/"
    perl -0pi -e "$substitution" "$work/kernels/$file"
    if cmp -s "$work/kernels/$file" "$here/../../native/kernels/$file"; then
        echo "STALE   $name: its substitution no longer finds its place in $file"
        return 1
    fi
    if ! CXXFLAGS=-w "$here/build.sh" "$work" "$work/kernels" "$test" >"$work/build.log" 2>&1; then
        echo "BROKEN  $name: it does not compile"
        cat "$work/build.log"
        return 1
    fi
    if timeout 300 "$work/kernel-tests" >/dev/null 2>&1; then
        echo "MISSED  $name"
        return 1
    fi
    echo "caught  $name"
}
export -f try_mutant

if printf '%s\0' "${chosen[@]}" | xargs -0 -n 1 -P "$(nproc)" bash -c 'try_mutant "$0"'; then
    echo "All ${#chosen[@]} mutants were caught."
else
    echo "Not every mutant was caught." >&2
    exit 1
fi
