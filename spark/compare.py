"""Whether the dataset of convert.py holds the rows of `gouji convert`, whatever their order.

    python spark/compare.py SPARK-FOLDER GOUJI-FOLDER
"""

import sys

import gouji
import pyarrow.dataset as ds
import pyarrow.parquet as pq

KEYS = ("file_id", "table_id", "line_id", "field_id", "check_id", "finding_id")


def main() -> int:
    spark, command = sys.argv[1:3]
    different = 0
    for kind in gouji.KINDS:
        one = pq.read_table(f"{command}/{kind}.parquet")
        folder = f"{spark}/{kind}"
        parted = ds.partitioning(flavor="hive") if kind == "facts" else None
        # The column by which the folders are parted has the type of the other dataset's.
        other = ds.dataset(folder, format="parquet", partitioning=parted, schema=one.schema).to_table()
        order = [(key, "ascending") for key in KEYS if key in one.column_names]
        same = one.num_rows == other.num_rows and one.sort_by(order).equals(other.sort_by(order))
        print(f"{kind}: {one.num_rows} rows, {other.num_rows} by Spark, {'equal' if same else 'DIFFERENT'}")
        different += not same
    return different


if __name__ == "__main__":
    sys.exit(main())
