"""An archive on many machines: the files under paths → the data of `gouji convert`, by Spark.

    spark-submit spark/convert.py PATH… -o OUT

The driver lists the files (members of archives too, files with the same bytes told of), cuts the list by bytes, and each
task turns its share into rows with the same code as the command. A file that brings the reader down costs one row. The
paths must be readable on every machine under the same name. OUT gets a folder for each kind of rows, that of facts
parted by year.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile

KINDS = ["files", "tables", "lines", "facts", "checks", "findings"]
# Bytes of workbooks to a share: far below what Arrow holds in one batch (2 GB), even where figures unfold tenfold.
SHARE = 64 << 20
FILES = 256
# Rows of a batch that is handed to Spark.
ROWS = 20_000


def shares(listed: list[tuple[str, str, int, str]]) -> list[tuple[int, str]]:
    """Each task with the number of its share: neighbours whose bytes stay within bounds."""
    numbered, share, files, weight = [], 0, 0, 0
    for _, _, size, task in listed:
        if files and (weight + size > SHARE or files == FILES):
            share, files, weight = share + 1, 0, 0
        numbered.append((share, task))
        files, weight = files + 1, weight + size
    return numbered


def empty():
    """The columns of each kind, from a workbook without any."""
    import gouji

    return {kind: table.schema for kind, table in gouji.rows(b"", name="x", isolated=False).items()}


def convert(batches):
    """Arrow batches of (share, task) → batches of (kind, a struct for each kind), all of one share at once."""
    import gouji
    import pyarrow as pa
    import pyarrow.parquet as pq
    from gouji._child import Child

    schemas = empty()
    union = pa.schema(
        [("kind", pa.string()), *[(kind, pa.struct(list(schemas[kind]))) for kind in KINDS]]
    )
    child = Child()
    try:
        for batch in batches:
            tasks: dict[int, list[str]] = {}
            for share, task in zip(batch.column("share").to_pylist(), batch.column("task").to_pylist()):
                tasks.setdefault(share, []).append(task)
            for share in sorted(tasks):
                folder = tempfile.mkdtemp(prefix="gouji-")
                try:
                    gouji.perform(folder, tasks[share], child)
                    for kind in KINDS:
                        file = pq.ParquetFile(os.path.join(folder, f"{kind}.parquet"))
                        for rows in file.iter_batches(batch_size=ROWS):
                            struct = pa.StructArray.from_arrays(rows.columns, fields=list(schemas[kind]))
                            columns = [pa.array([kind] * len(rows))]
                            for other in KINDS:
                                field = union.field(other).type
                                columns.append(
                                    struct if other == kind else pa.nulls(len(rows), field)
                                )
                            yield pa.RecordBatch.from_arrays(columns, schema=union)
                finally:
                    shutil.rmtree(folder, ignore_errors=True)
    finally:
        child.close()


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("paths", nargs="+")
    parser.add_argument("-o", "--output", required=True)
    arguments = parser.parse_args(arguments)

    import gouji
    import pyarrow as pa
    from pyspark.sql import SparkSession
    from pyspark.sql.pandas.types import from_arrow_schema

    spark = (
        SparkSession.builder.appName("gouji")
        .config("spark.sql.execution.arrow.maxRecordsPerBatch", str(FILES))
        .getOrCreate()
    )
    spark.sparkContext.setLogLevel("ERROR")
    numbered = shares(gouji.plan(arguments.paths))
    schemas = empty()
    union = from_arrow_schema(
        pa.schema([("kind", pa.string()), *[(kind, pa.struct(list(schemas[kind]))) for kind in KINDS]])
    )
    # The manifest: made once, and the only thing that the driver holds.
    manifest = os.path.join(arguments.output, "manifest.parquet")
    spark.createDataFrame(numbered, "share long, task string").write.mode("overwrite").parquet(manifest)
    count = max(share for share, _ in numbered) + 1 if numbered else 1
    listed = spark.read.parquet(manifest).repartitionByRange(count, "share").sortWithinPartitions("share")
    # Read once: every kind of rows comes from the same pass.
    every = os.path.join(arguments.output, "_rows.parquet")
    listed.mapInArrow(convert, union).write.mode("overwrite").partitionBy("kind").parquet(every)
    for kind in KINDS:
        rows = spark.read.schema(union).parquet(every).where(f"kind = '{kind}'").select(f"{kind}.*")
        rows = rows.coalesce(max(1, count // 4))
        out = os.path.join(arguments.output, kind)
        writer = rows.write.mode("overwrite")
        if kind == "facts":
            writer = writer.partitionBy("year")
        writer.parquet(out)
    print({kind: spark.read.parquet(os.path.join(arguments.output, kind)).count() for kind in KINDS})
    spark.stop()
    shutil.rmtree(every, ignore_errors=True)


if __name__ == "__main__":
    main(sys.argv[1:])
