// Pages as they are printed, for a shop at the end of its usual day.

import ShopModel
import Testing

@testable import EdgeControl

/// A command and the page that it prints.
struct Golden: Sendable, CustomTestStringConvertible {
    let arguments: [String]
    var language = "en_US.UTF-8"
    var lineIsUp = true
    var status = ExitStatus.fine
    let page: String

    var testDescription: String { "\(arguments.joined(separator: " ")) (\(language))" }

    /// An order that headquarters places.
    static let order =
        #"{"type":"placed","order":"W-2026-00017","code":"P-4F7K92QX-P","source":"fromStock","lines":[{"sku":"SHIRT-M","quantity":2,"rights":{"holder":"hq","created":10,"given":{"edge.first":5},"spent":2}}],"customer":{"name":"Marie Dupont","phoneLast4":"4321"},"placedAt":"2026-11-22T09:00:00Z"}"#

    static let all: [Golden] = [
        Golden(
            arguments: ["status"], status: .fault,
            page: """
                Shop          lyon-2
                Agent         edged 0.1.0, since 2026-11-22 08:00:00Z (2 h ago)
                Incarnation   first
                Clock         trusted, 2026-11-22 10:47:00Z
                Line          up, on their way: 0
                Reservations  0 held, 1 awaiting their sale
                Pickups       open 1, new 1, ready 0, overdue 0, to cancel 0

                LANE      PENDING  PARKED  OLDEST
                orders          5       0  42 min ago
                stock           5       0  47 min ago
                customer        0       0  –
                status          0       0  –
                moments         0       0  –

                FEED    FROM  EPOCH  ENTRY  TAKEN IN    ASIDE
                orders  shop  e1         1  10 min ago      0
                stock   shop  e1         2  47 min ago      0

                FAULT: The line is up, yet an order's event has waited 42 min for
                  headquarters' receipt. Look at headquarters' side.
                """),
        Golden(
            arguments: ["status"], language: "fr_FR.UTF-8", lineIsUp: false, status: .warnings,
            page: """
                Magasin       lyon-2
                Agent         edged 0.1.0, depuis 2026-11-22 08:00:00Z (il y a 2 h)
                Incarnation   first
                Horloge       fiable, 2026-11-22 10:47:00Z
                Ligne         coupée, en route : 0
                Réservations  0 tenues, 1 attendant leur vente
                Retraits      en cours 1, nouveaux 1, prêts 0, en retard 0, à annuler 0

                VOIE      ATTENTE  DE CÔTÉ  LE PLUS ANCIEN
                orders          5        0  il y a 42 min
                stock           5        0  il y a 47 min
                customer        0        0  –
                status          0        0  –
                moments         0        0  –

                FLUX    SOURCE  ÉPOQUE  ENTRÉE  PRIS           DE CÔTÉ
                orders  shop    e1           1  il y a 10 min        0
                stock   shop    e1           2  il y a 47 min        0

                ATTENTION : Le siège est injoignable. Le magasin continue. Événements en
                  attente, qui partiront seuls au retour de la ligne : 10.
                """),
        Golden(
            arguments: ["queue", "list", "--limit", "5"],
            page: """
                ROW  AGE         LANE    EVENT                  ABOUT
                  1  47 min ago  stock   stock.changed          sku/SHIRT-M
                  2  47 min ago  stock   stock.changed          sku/CAP
                  3  42 min ago  stock   stock.changed          sku/SHIRT-M
                  4  42 min ago  orders  reservation.placed     reservation/R-9STR4A78-E
                  5  12 min ago  orders  reservation.collected  reservation/R-9STR4A78-E
                More: edgectl queue list --after 5 --limit 5
                """),
        Golden(
            arguments: ["queue", "list", "--state", "parked", "--language", "fr"],
            page: """
                Aucun événement de la sorte.
                """),
        Golden(
            arguments: ["queue", "show", "3"],
            page: """
                Event        store.stock.changed
                Id           018f3c2e-7a10-7cc4-a2f1-000000000001/1
                Row          3, stock
                State        pending
                About        sku/SHIRT-M, number 2
                Incarnation  first
                Time         2026-11-22 10:05:00Z (42 min ago)

                {
                  "sku": "SHIRT-M",
                  "kind": "held",
                  "onHand": 10,
                  "unsellable": {
                    "inspection": 0,
                    "damaged": 0,
                    "display": 0,
                    "missing": 0
                  },
                  "holds": 2,
                  "owed": 0,
                  "rights": {
                    "holder": "edge.first",
                    "created": 0,
                    "given": {},
                    "spent": 0
                  },
                  "change": {
                    "holds": 2
                  },
                  "reference": "reservation/R-9STR4A78-E",
                  "position": 3,
                  "by": "reservation.place",
                  "command": "018f3c2e-7a10-7cc4-a2f1-000000000001",
                  "device": "tablet-1"
                }
                """),
        Golden(
            arguments: ["explain", "RESERVATION"],
            page: """
                Reservation R-9STR4A78-E: awaiting its sale since 2026-11-22 10:35:00Z (12 min
                ago)
                  placed 2026-11-22 10:05:00Z (42 min ago), in the shop

                SKU      ASKED  LOCKED  SOLD
                SHIRT-M      2       1     1

                What happened
                2026-11-22 10:05:00Z reservation.place by tablet-1: done
                    command 018f3c2e-7a10-7cc4-a2f1-000000000001
                    SHIRT-M held: holds +2 [reservation/R-9STR4A78-E]
                    → reservation.placed (state held, until 2026-11-22 12:05:00Z), row 4:
                      pending
                2026-11-22 10:35:00Z reservation.collect by tablet-1: done
                    command 018f3c2e-7a10-7cc4-a2f1-000000000002
                    → reservation.collected (state awaiting its sale), row 5: pending
                2026-11-22 10:37:00Z sale.record by till-1: done
                    command 018f3c2e-7a10-7cc4-a2f1-000000000003
                    SHIRT-M sold: on hand -1, holds -1, rights of edge.first: spent +1
                      [ticket/till-1/4711/1]
                    → reservation.sold (state awaiting its sale), row 6: pending
                """),
        Golden(
            arguments: ["explain", "W-2026-00017"], language: "fr_FR.UTF-8",
            page: """
                Retrait W-2026-00017 : reçu
                Reçu    2026-11-22 10:37:00Z (il y a 10 min)
                Source  le stock du magasin

                SKU      COMMANDÉ  PRÉPARÉ  MANQUANT  REMIS  REFUSÉ
                SHIRT-M         2        0         0      0       0

                Ce qui s'est passé
                2026-11-22 10:37:00Z flux commandes
                    SHIRT-M dû : dus +2, droits de hq : utilisés +2 [order/W-2026-00017]
                    → pickup.received (état reçu), rang 10 : en attente
                """),
        Golden(
            arguments: ["explain", "till-1/4711/1"],
            page: """
                ticket/till-1/4711/1: sale
                SKU       1 × SHIRT-M
                Consumed  1 of R-9STR4A78-E
                Recorded  2026-11-22 10:37:00Z (10 min ago)

                What happened
                2026-11-22 10:37:00Z sale.record by till-1: done
                    command 018f3c2e-7a10-7cc4-a2f1-000000000003
                    SHIRT-M sold: on hand -1, holds -1, rights of edge.first: spent +1
                      [ticket/till-1/4711/1]
                    → sale.recorded, row 8: pending
                """),
        Golden(
            arguments: ["stock", "show", "3400000000012"],
            page: """
                SKU SHIRT-M, GTIN 03400000000012, Blue shirt
                On hand                9
                Not for sale           0
                Owed to paid orders    2
                Rights of this shop    4
                Held or awaiting sale  1: R-9STR4A78-E
                Kept back              1
                May be promised        2

                RIGHTS OF     CREATED  SPENT  GIVEN          HAS
                this shop           0      1  –                4
                headquarters       10      2  5 → this shop    3

                Latest changes
                2026-11-22 10:37:00Z #5 feed.orders
                    owed: owed +2, rights of hq: spent +2 [order/W-2026-00017]
                2026-11-22 10:37:00Z #4 sale.record by till-1
                    sold: on hand -1, holds -1, rights of edge.first: spent +1
                      [ticket/till-1/4711/1]
                2026-11-22 10:05:00Z #3 reservation.place by tablet-1
                    held: holds +2 [reservation/R-9STR4A78-E]
                2026-11-22 10:00:00Z #1 feed.stock
                    fed: on hand +10, rights of hq: created +10, given to edge.first +5
                      [opening]
                """),
        Golden(
            arguments: ["stock", "list"], language: "fr_FR.UTF-8",
            page: """
                SKU      MAGASIN  HORS VENTE  TENU  DÛ  SÉCURITÉ  LIBRE  MANQUE
                CAP            4           0     0   0         0      2       0
                SHIRT-M        9           0     1   2         1      2       0
                """),
        Golden(
            arguments: ["stock", "list", "--limit", "1", "--format", "json"],
            page: """
                {
                  "now": "2026-11-22T10:47:00Z",
                  "lines": [
                    {
                      "sku": "CAP",
                      "onHand": 4,
                      "unsellable": 0,
                      "holds": 0,
                      "owed": 0,
                      "safety": 0,
                      "promisable": 2,
                      "shortfall": 0
                    }
                  ],
                  "next": "CAP"
                }
                """),
        Golden(
            arguments: ["explain", "CAP"],
            page: """
                SKU CAP, Casquette
                On hand                4
                Not for sale           0
                Owed to paid orders    0
                Rights of this shop    2
                Held or awaiting sale  0
                Kept back              0
                May be promised        2

                RIGHTS OF     CREATED  SPENT  GIVEN          HAS
                headquarters        4      0  2 → this shop    2

                What happened
                2026-11-22 10:00:00Z feed.stock
                    CAP fed: on hand +4, rights of hq: created +4, given to edge.first +2
                      [opening]
                """),
    ]
}
