"""The light example: one machine, no cluster, the facts of a tree as one Parquet dataset, by Daft.

    python spark/daft_convert.py PATH… -o OUT

Files are listed by `gouji.plan` and read in shares of bounded bytes, as in convert.py.
"""

from __future__ import annotations

import argparse
import tempfile

import daft
import gouji
import pyarrow.parquet as pq

from convert import shares


def facts_of(tasks: list[str]):
    """The facts of a share."""
    with tempfile.TemporaryDirectory(prefix="gouji-") as folder:
        gouji.perform(folder, tasks)
        return pq.read_table(f"{folder}/facts.parquet")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("paths", nargs="+")
    parser.add_argument("-o", "--output", required=True)
    arguments = parser.parse_args()
    tasks: dict[int, list[str]] = {}
    for share, _, _, _, task in shares(gouji.plan(arguments.paths)):
        tasks.setdefault(share, []).append(task)
    for number, share in enumerate(tasks.values()):
        facts = daft.from_arrow(facts_of(share))
        facts.write_parquet(arguments.output, write_mode="overwrite" if number == 0 else "append")
    whole = daft.read_parquet(f"{arguments.output}/*.parquet")
    leaves = whole.where(daft.col("is_leaf")).groupby("year", "stage").agg(daft.col("value_yuan").count())
    leaves.sort("year").show()


if __name__ == "__main__":
    main()
