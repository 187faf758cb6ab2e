"""tocsin import: maps, encodings, dates, and cells as people leave them."""
import json

from tocsin_import import account, counts, held, tocsin
from tocsin_test import check, equal, run

MAP = """\
encoding: cp1252
delimiter: ";"
decimal: ","
date: DD/MM/YYYY
source: asso-x
licence: CC BY 4.0
id: [Année, N°]
fields:
  kind: {value: incident}
  product.category: {column: Objet, values: {Bouilloires: kettle}}
  product.brand: Marque
  product.gtin: Codes
  country: {value: FR}
  occurred: Faits
  filed: {column: Reçu, date: YYYYMMDD}
  age: Âge
  severity: {column: G, values: {1: none, 2: damage, 3: minor}}
  consent.publish: Publier
  origin.group: Antenne
  text: Récit
keep: [Remarque]
"""
HEADING = ("Année;N°;Objet;Marque;Codes;Faits;Reçu;Âge;G;Publier;Antenne;"
           "Récit;Remarque;Nom\r\n")


def reads_by_a_map(place):
    daemon = place.daemon()
    cells = ('2026;17;bouilloires;Crème & Fils;"4006381333931\n96385074";'
             '3/4/2026;20260405;1,5;2;oui;Besançon;"dit ""oh"" … ça";l’été;'
             'Dupont\r\n')
    path = place.dir / "in.csv"
    path.write_bytes((HEADING + cells).encode("cp1252"))
    told = account(place, daemon, path, "--map", place.file("m.yaml", MAP))
    equal(counts(told), (1, 0, 0, 0))
    row = held(place, daemon)["2026/17"]
    wanted = {"source": "asso-x", "group": "Besançon", "licence": "CC BY 4.0",
              "kind": "incident", "category": "kettle",
              "brand": "Crème & Fils", "country": "FR",
              "gtin": ["4006381333931", "96385074"],
              "occurred": "2026-04-03", "filed": "2026-04-05", "age": 1.5,
              "severity": "damage", "consent_publish": True,
              "text": "dit \"oh\" … ça", "extra": {"Remarque": "l’été"}}
    for key, value in wanted.items():
        equal(row[key], value, key)
    check("Dupont" not in json.dumps(row), "a column nobody named was sent")


def writes_rejects_as_it_read(place):
    daemon = place.daemon()
    cells = ('2026;18;Bouilloires;Élan;;31/02/2026;;;2;;;"a;b";;\r\n'
             '2026;19;Théières;Élan;;01/02/2026;;;2;;;;;\r\n'
             '2026;20;Bouilloires;Élan;;01/02/2026;;vieux;2;;;;;\r\n'
             '2026;;Bouilloires;Élan;;01/02/2026;;;2;;;;;\r\n')
    path = place.dir / "in.csv"
    path.write_bytes((HEADING + cells).encode("cp1252"))
    rejects = place.dir / "rejects.csv"
    words = ("--map", place.file("m.yaml", MAP))
    told = account(place, daemon, path, *words, "--rejects", rejects, code=1)
    equal(counts(told), (0, 0, 0, 4))
    text = rejects.read_bytes().decode("cp1252")
    lines = text.splitlines()
    equal(lines[1], '2026;18;Bouilloires;Élan;;31/02/2026;;;2;;;"a;b";;;2;'
          'occurred;invalid;31/02/2026 is no date written DD/MM/YYYY')
    check("product.category" in lines[2], lines[2])
    check(";age;" in lines[3], lines[3])
    check(";id;" in lines[4], lines[4])
    text = text.replace("31/02", "28/02").replace("vieux", "9")
    text = text.replace("Théières", "Bouilloires")
    text = text.replace("\n2026;;", "\n2026;1;")
    rejects.write_bytes(text.encode("cp1252"))
    equal(counts(account(place, daemon, rejects, *words)), (4, 0, 0, 0))


def complains_with_places(place):
    daemon = place.daemon()
    path = place.dir / "in.csv"
    path.write_bytes(HEADING.encode("cp1252"))
    broken = (MAP.replace("encoding", "encodng")
              .replace("product.brand", "product.brnd")
              .replace("DD/MM/YYYY", "JJ/MM/AAAA")
              .replace("values: {1", "vlues: {1"))
    done = tocsin(place, daemon, "import", path, "--map",
                  place.file("bad.yaml", broken))
    equal(done.returncode, 2)
    told = done.stderr.decode()
    for part in ('bad.yaml:1:1: unknown key "encodng"; did you mean '
                 '"encoding"?', 'bad.yaml:4:7: a date is written',
                 'bad.yaml:11:3: a report has no field "product.brnd"; did '
                 'you mean "product.brand"?',
                 'bad.yaml:17:25: unknown key "vlues"; did you mean '
                 '"values"?'):
        check(part in told, part, told)
    done = tocsin(place, daemon, "import", path, "--map",
                  place.file("gone.yaml", MAP.replace("Marque", "Marqe")))
    equal(done.returncode, 2)
    check('gone.yaml:11:18: the file has no column "Marqe"; did you mean '
          '"Marque"?' in done.stderr.decode(), done.stderr)


def reads_the_french_template(place):
    daemon = place.daemon()
    data = ("\ufeffidentifiant;nature;catégorie;pays;date des faits;gravité;"
            "âge en années\r\n"
            "1;panne;Bouilloire;FR;2026-03;Aucun;1,5\r\n"
            "2;incident;Grille-pain;BE;2026-03-01;dégâts;\r\n")
    told = account(place, daemon, "-", "--format", "csv", data=data.encode())
    equal(counts(told), (2, 0, 0, 0))
    reports = held(place, daemon)
    equal([reports[name]["severity"] for name in "12"], ["none", "damage"])
    equal([reports[name]["kind"] for name in "12"], ["breakdown", "incident"])
    equal(reports["1"]["category"], "kettle")
    equal(reports["1"]["age"], 1.5)


def refuses_cells_one_by_one(place):
    """One bad cell in a row; the rows around it are taken."""
    daemon = place.daemon()
    heading = b"id,kind,category,country,occurred,injured,barcode,text\n"
    cases = (
        (b"breakdown,kettle,FR,03/04/2026,,,", "occurred", "two ways"),
        (b"breakdown,kettle,FR,28/04/2026,,,", "occurred", "two ways"),
        (b"breakdown,kettle,FR,1015-01-01,,,", "occurred", ""),
        (b"breakdown,kettle,FR,9999-01-01,,,", "occurred", ""),
        (b"breakdown,kettle,FR,2025-02-29,,,", "occurred", ""),
        (b"breakdown,kettle,FR,2026,-1,,", "injured", ""),
        (b"breakdown,kettle,FR,2026,1.5,,", "injured", "whole number"),
        (b"breakdown,kettle,FR,2026,,,caf\xe9", "text", "UTF-8"),
        (b"breakdown,kettle,FR,2026,,,a\x00b", "text", "NUL"),
        (b"breakdown,kettle,FR,2026,,," + b"x" * 9000, "text", ""),
        (b"breakdown,,FR,2026,,,", "product.category", ""),
        (b"breakdown,kettle,FR,2026,,", "", "cells"),
    )
    data = heading
    for number, (cells, _field, _text) in enumerate(cases):
        data += b"bad%d," % number + cells + b"\n"
        data += b"good%d,breakdown,kettle,FR,2026,,,fine\n" % number
    rejects = place.dir / "rejects.csv"
    told = account(place, daemon, "-", "--format", "csv", "--rejects",
                   rejects, data=data, code=1)
    equal(counts(told), (len(cases), 0, 0, len(cases)))
    lines = {line.split(b",")[0]: line for line
             in rejects.read_bytes().split(b"\r\n")}
    for number, (_cells, field, text) in enumerate(cases):
        line = lines[b"bad%d" % number]
        tail = b",%d,%s,invalid," % (2 * number + 2, field.encode())
        if not field or field == "text":
            tail = b",%d,%s," % (2 * number + 2, field.encode())
        check(tail in line, number, tail, line[-200:])
        check(text.encode() in line, text, line[-200:])
    equal(sorted(held(place, daemon)),
          sorted(f"good{n}" for n in range(len(cases))))


def takes_what_is_only_untidy(place):
    daemon = place.daemon()
    codes = "\n".join(["4006381333931"] * 7 + ["4006381333932"])
    data = ("id,kind,category,country,occurred,barcode,text,brand,"
            "may be published\r"
            f'1,breakdown,kettle,FRA,2026-05-01T10:00:00Z,"{codes}",'
            '"said ""no""\r\ntwice",\t Vel "the" best ,yes\r'
            "\r\n\r\n"
            "2,breakdown,kettle,UK,2026,,don’t -&gt; canâ€™t . . .,????,1\r\n"
            "3,breakdown,kettle,FR,2026,,no line end,?,")
    told = account(place, daemon, "-", "--format", "csv", data=data.encode())
    equal(counts(told), (3, 0, 0, 0))
    reports = held(place, daemon)
    equal(len(reports["1"]["gtin"]), 8)
    equal(reports["1"]["occurred"], "2026-05-01")
    equal(reports["1"]["text"], 'said "no"\r\ntwice')
    equal(reports["1"]["brand"], 'Vel "the" best')
    equal(reports["2"]["country"], "GB")
    equal(reports["2"]["text"], "don’t -&gt; canâ€™t . . .")


def stays_small_on_long_lines(place):
    daemon = place.daemon()
    long = b"x" * (3 << 20)
    told = account(
        place, daemon, "-", "--format", "csv", code=1,
        data=b"id,kind,category,country,occurred,text\n"
        b"1,breakdown,kettle,FR,2026,\"" + long + b"\n"
        b"2,breakdown,kettle,FR,2026,after\n"
        b"3,breakdown,kettle,FR,2026,\"never closed\n")
    equal(counts(told), (1, 0, 0, 2))
    line = json.dumps({"id": "4", "kind": "breakdown", "country": "FR",
                       "product": {"category": "kettle"},
                       "occurred": "2026"}).encode()
    done = tocsin(place, daemon, "import", "-", "--format", "ndjson",
                  data=b'{"id":"' + long + b'"}\n' + line)
    equal(done.returncode, 1)
    check(b"line 1: too-large: longer than 1 MiB" in done.stderr, done.stderr)
    equal(sorted(held(place, daemon)), ["2", "4"])


def one_monster_stops_nothing(place):
    daemon = place.daemon()
    plain = {"kind": "breakdown", "country": "FR", "occurred": "2026",
             "product": {"category": "kettle"}}
    nested = 1
    for _ in range(40):
        nested = [nested]
    monsters = [dict(plain, id="deep", x=nested),
                dict(plain, id="wide", x=[1] * 300000),
                dict(plain, id="long", x="y" * 900000),
                dict(plain, id="keys", **{f"k{n}": n for n in range(200)}),
                dict(plain, id={"a": 1}), dict(plain, id=["x", "y"])]
    lines = []
    for number, monster in enumerate(monsters):
        lines += [json.dumps(monster), json.dumps(dict(plain, id=number))]
    done = tocsin(place, daemon, "import", "-", "--format", "ndjson",
                  "--json", data="\n".join(lines).encode())
    equal(done.returncode, 1, done.stderr)
    equal(counts(json.loads(done.stdout)),
          (len(monsters), 0, 0, len(monsters)))
    check(b"line 3: too-large: a report has at most 65536 bytes" in
          done.stderr, done.stderr)
    check(b"line 1: invalid: cannot be read: nested" in done.stderr,
          done.stderr)
    equal(sorted(held(place, daemon)),
          [str(number) for number in range(len(monsters))])


def names_what_is_no_text(place):
    daemon = place.daemon()
    for data, text in ((b"\x1f\x8b\x08\x00rest", b"zcat"),
                       ("id,kind".encode("utf-16"), b"UTF-16"),
                       (b"PK\x03\x04rest", b"spreadsheet")):
        done = tocsin(place, daemon, "import", "-", "--format", "csv",
                      data=data)
        equal(done.returncode, 9)
        check(text in done.stderr, done.stderr)


if __name__ == "__main__":
    run(reads_by_a_map, writes_rejects_as_it_read, complains_with_places,
        reads_the_french_template, refuses_cells_one_by_one,
        takes_what_is_only_untidy, stays_small_on_long_lines,
        one_monster_stops_nothing, names_what_is_no_text)
