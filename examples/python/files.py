"""files.py FILE FOLDER: files beside their sources, folders as mirrored trees."""
import pathlib
import sys

import kompakt

source, folder = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])

packed = kompakt.compress_file(source, format="gzip", level=6)  # Path("FILE.gz"), whole or not at all
print(packed.name)
try:
    kompakt.decompress_file(packed)
except kompakt.AlreadyExistsError:  # a FileExistsError
    print("nothing is overwritten unless overwrite=True")
kompakt.decompress_file(packed, folder.with_name("restored"))

report = kompakt.compress_folder(folder, folder.with_name("mirror"), format="zstd", num_workers=2)
print(f"{report.coded} files compressed")
