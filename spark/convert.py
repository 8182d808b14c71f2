"""An archive on many machines: the files under paths → the data of `gouji convert`, by Spark.

    spark-submit spark/convert.py PATH… -o OUT

The driver lists the files (members of archives too, files with the same bytes told of) into a manifest, cuts it by bytes, and
each task turns its share into rows with the same code as the command. A file that brings the reader down costs one row. The
paths must be readable on every machine under the same name, and `gouji` and `pyarrow` installed there. OUT gets a folder for
each kind of rows, that of facts parted by year; read together they hold the rows of `gouji convert`, in another order.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile

# Bytes and files of a share: far below what Arrow holds in one batch (2 GB), even where figures unfold tenfold.
SHARE = 64 << 20
FILES = 256
# Rows, and bytes, of a batch that is handed to Spark.
ROWS = 20_000
BATCH = 256 << 20


def shares(listed: list[tuple[str, str, int, str]]) -> list[tuple[int, str, str, int, str]]:
    """The manifest: each file with the number of its share, neighbours whose bytes stay within bounds."""
    numbered, share, files, weight = [], 0, 0, 0
    for id_, path, size, task in listed:
        if files and (weight + size > SHARE or files == FILES):
            share, files, weight = share + 1, 0, 0
        numbered.append((share, id_, path, size, task))
        files, weight = files + 1, weight + size
    return numbered


def schemas():
    """The columns of each kind, from a workbook without any."""
    import gouji

    return {kind: rows.schema for kind, rows in gouji.rows(b"", name="x", isolated=False).items()}


def union():
    """The kind of a row, and a struct for each kind, all but one empty: so all kinds come out of one pass."""
    import pyarrow as pa

    return pa.schema([("kind", pa.string()), *[(kind, pa.struct(list(columns))) for kind, columns in schemas().items()]])


def within(rows):
    """Batches that are not too large."""
    if rows.nbytes <= BATCH or rows.num_rows == 1:
        yield rows
    else:
        half = rows.num_rows // 2
        yield from within(rows.slice(0, half))
        yield from within(rows.slice(half))


def convert(batches):
    """Arrow batches of (share, task) → batches of rows of all kinds."""
    import gouji
    import pyarrow as pa
    import pyarrow.parquet as pq

    whole = union()
    child = gouji.Child()
    try:
        for batch in batches:
            tasks: dict[int, list[str]] = {}
            for share, task in zip(batch.column("share").to_pylist(), batch.column("task").to_pylist()):
                tasks.setdefault(share, []).append(task)
            for share in sorted(tasks):
                folder = tempfile.mkdtemp(prefix="gouji-")
                try:
                    gouji.perform(folder, tasks[share], child)
                    for kind in gouji.KINDS:
                        file = pq.ParquetFile(os.path.join(folder, f"{kind}.parquet"))
                        for rows in (part for rows in file.iter_batches(ROWS) for part in within(rows)):
                            columns = [pa.array([kind] * len(rows))]
                            for field in list(whole)[1:]:
                                if field.name == kind:
                                    columns.append(pa.StructArray.from_arrays(rows.columns, fields=list(rows.schema)))
                                else:
                                    columns.append(pa.nulls(len(rows), field.type))
                            yield pa.RecordBatch.from_arrays(columns, schema=whole)
                finally:
                    shutil.rmtree(folder, ignore_errors=True)
    finally:
        child.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("paths", nargs="+")
    parser.add_argument("-o", "--output", required=True)
    arguments = parser.parse_args()

    import gouji
    from pyspark.sql import SparkSession
    from pyspark.sql.pandas.types import from_arrow_schema

    numbered = shares(gouji.plan(arguments.paths))
    if not numbered:
        sys.exit("no files found, nothing was written")
    spark = (
        SparkSession.builder.appName("gouji")
        .config("spark.sql.execution.arrow.maxRecordsPerBatch", str(FILES))
        .getOrCreate()
    )
    spark.sparkContext.setLogLevel("ERROR")
    manifest = os.path.join(arguments.output, "manifest")
    columns = "share long, file_id string, path string, bytes long, task string"
    spark.createDataFrame(numbered, columns).write.mode("overwrite").parquet(manifest)
    count = numbered[-1][0] + 1
    listed = spark.read.parquet(manifest).select("share", "task").repartitionByRange(count, "share")
    # Files are read once: every kind of rows comes from the same pass.
    every = os.path.join(arguments.output, "_rows")
    columns = from_arrow_schema(union())
    listed.mapInArrow(convert, columns).write.mode("overwrite").partitionBy("kind").parquet(every)
    for kind in gouji.KINDS:
        rows = spark.read.schema(columns).parquet(every).where(f"kind = '{kind}'").select(f"{kind}.*")
        writer = rows.coalesce(max(1, count // 4)).write.mode("overwrite")
        if kind == "facts":
            writer = writer.partitionBy("year")
        writer.parquet(os.path.join(arguments.output, kind))
        print(kind, spark.read.parquet(os.path.join(arguments.output, kind)).count())
    spark.stop()
    shutil.rmtree(every, ignore_errors=True)


if __name__ == "__main__":
    main()
