#!/bin/sh
# The wheel as its users get it: built, installed into a fresh environment, tested against the program; the Spark job's rows
# are compared with the command's on the samples and on 2,000 files, one in a hundred of them hostile. Needs Java 17 for Spark.
#
#     .ci/long/python.sh [PROGRAM]        needs Rust, Python 3.10 or later, and package registries
set -eu
cd "$(dirname "$0")/../.."
GOUJI=$(realpath "${1:-target/release/gouji}")
export GOUJI
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
bin=$work/venv/bin
"$bin/pip" install -q maturin pytest pyarrow openpyxl
(cd python && "$bin/maturin" build -q --release --out "$work/wheels")
"$bin/pip" install -q "$work"/wheels/gouji-*.whl
"$bin/python" -m pytest -q python/tests

command -v java >/dev/null || { echo "no Java here: Spark is not tried"; exit 0; }
"$bin/pip" install -q pyspark 'pandas<3' daft
export PYSPARK_PYTHON="$bin/python" PYSPARK_DRIVER_PYTHON="$bin/python" SPARK_LOCAL_IP=127.0.0.1
"$bin/python" .ci/long/archive.py --files 2000 --keep "$work/many" --make-only
for tree in samples "$work/many/tree"; do
    rm -rf "$work/spark" "$work/command"
    "$bin/spark-submit" --master 'local[2]' --conf spark.driver.host=127.0.0.1 --conf spark.driver.bindAddress=127.0.0.1 \
        spark/convert.py "$tree" -o "$work/spark"
    "$GOUJI" convert "$tree" -o "$work/command"
    "$bin/python" spark/compare.py "$work/spark" "$work/command"
done
"$bin/python" spark/daft_convert.py samples -o "$work/daft"
