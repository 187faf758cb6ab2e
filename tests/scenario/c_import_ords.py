"""tocsin import of ORDS files: small ones here, the real ones where they
are."""
import gzip
import time

from tocsin_import import account, counts, held
from tocsin_test import check, equal, run, shared

HEADING = ("id,data_provider,country,partner_product_category,"
           "product_category,product_category_id,brand,year_of_manufacture,"
           "product_age,repair_status,repair_barrier_if_end_of_life,"
           "group_identifier,event_date,problem\n")


def maps_the_columns(place):
    daemon = place.daemon()
    rows = ('a_1,"Repair Café Exemple",GBR,"Kitchen ~ Kettle",Kettle,5,'
            'Velbrano,????,3.5,"End of life","Spare parts not available",'
            '"RC Nord",2026-05-02,"leaks. . ."\n'
            'a_2,"Repair Café Exemple",GBR,,Lamp,6,Unknown,,-1,Fixed,"",'
            '"RC Sud",2026-05-02,""\n')
    told = account(place, daemon, "-", "--format", "ords", "--ids", "stable",
                   data=(HEADING + rows).encode())
    equal(counts(told), (2, 0, 0, 0))
    equal(told["ages_dropped"], 1)
    equal(told["one_source"], False)
    row = held(place, daemon)["a_1"]
    wanted = {"source": "repair-cafe-exemple", "group": "RC Nord",
              "licence": "CC BY-SA 4.0", "kind": "breakdown",
              "category": "kettle", "brand": "Velbrano", "country": "GB",
              "occurred": "2026-05-02", "filed": "2026-05-02", "age": 3.5,
              "outcome_status": "End of life", "severity": "unstated",
              "outcome_barrier": "Spare parts not available",
              "text": None,
              "extra": {"partner_product_category": "Kitchen ~ Kettle",
                        "product_category_id": "5",
                        "year_of_manufacture": "????"}}
    for key, value in wanted.items():
        equal(row[key], value, key)
    told = account(place, daemon, "-", "--format", "ords", "--source", "Mine",
                   "--licence", "CC0 1.0", data=(HEADING + rows).encode())
    equal(counts(told), (2, 0, 0, 0), "another space of ids")


def _import(place, daemon, name, code=0):
    path = shared() / "data" / "ords" / f"OpenRepairData_v0.3_{name}.csv.gz"
    with gzip.open(path) as file:
        data = file.read()
    begun = time.monotonic()
    told = account(place, daemon, "-", "--format", "ords", "--ids", "stable",
                   "--label", name, data=data, code=code)
    print(f"{name}: {counts(told)}, {told['read'] / told['seconds']:.0f} "
          f"rows/s ({time.monotonic() - begun:.1f} s)")
    return told


def two_releases_of_wales(place):
    daemon = place.daemon(clock="2025-08-01T12:00:00Z")
    equal(counts(_import(place, daemon, "RepairCafeWales_202407")),
          (14292, 0, 0, 0))
    equal(counts(_import(place, daemon, "RepairCafeWales_202507")),
          (5898, 14264, 28, 0))
    equal(counts(_import(place, daemon, "RepairCafeWales_202507")),
          (0, 20190, 0, 0))
    equal(len(held(place, daemon)), 20190)


def every_file_twice(place):
    daemon = place.daemon(clock="2025-08-01T12:00:00Z")
    for name in ("FixitClinic_202507", "RepairConnects_202507",
                 "RepairCafeDenmark_202507", "RestartProject_202204"):
        first = _import(place, daemon, name)
        again = _import(place, daemon, name)
        equal((first["known"], first["rejected"]), (0, 0), name)
        equal(counts(again), (0, first["new"], 0, 0), name)
        check(first["backfill"] > 0, name)


if __name__ == "__main__":
    run(maps_the_columns, two_releases_of_wales, every_file_twice)
