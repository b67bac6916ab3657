# Prints the demonstration's assortment as CSV: our own products, GTINs under GS1's prefix 952 for examples.
function check(digits,    i, sum) {
    for (i = 1; i <= length(digits); i++) sum += substr(digits, i, 1) * ((length(digits) - i) % 2 == 0 ? 3 : 1)
    return (10 - sum % 10) % 10
}
function gtin(number,    digits) {
    digits = sprintf("95212345%04d", number)
    return digits check(digits)
}
function item(code, french, english, cents, sizes,    c, s, list, count, attributes) {
    count = split(sizes, list, " ")
    for (c = 1; c <= colours; c++)
        for (s = 1; s <= count; s++) {
            number++
            attributes = "colour=" colourEnglish[c] (list[s] == "-" ? "" : ";size=" list[s])
            printf "%s-%s%s,%s,%s %s%s,%s %s%s,%.2f,EUR,20,https://shop.example/i/%s.jpg,%s\n", \
                code, colourCode[c], (list[s] == "-" ? "" : "-" list[s]), gtin(number), \
                french, colourFrench[c], (list[s] == "-" ? "" : " " list[s]), \
                colourEnglish[c], english, (list[s] == "-" ? "" : " " list[s]), \
                cents / 100, tolower(code "-" colourCode[c]), attributes
        }
}
BEGIN {
    colours = split("BLU RED BLK WHT GRN", colourCode, " ")
    split("bleu rouge noir blanc vert", colourFrench, " ")
    split("Blue Red Black White Green", colourEnglish, " ")
    print "sku,gtin,name_fr,name_en,price,currency,vat,image,attributes"
    item("TEE", "T-shirt coton", "cotton T-shirt", 1990, "M S L XL XS")
    item("POL", "Polo piqué", "piqué polo", 3490, "S M L XL")
    item("SHI", "Chemise lin", "linen shirt", 5990, "S M L XL")
    item("DRE", "Robe d'été", "summer dress", 7990, "34 36 38 40 42")
    item("JEA", "Jean droit", "straight jeans", 6990, "28 30 32 34 36")
    item("COA", "Manteau laine", "wool coat", 18990, "S M L")
    item("SCA", "Écharpe", "scarf", 2990, "-")
    item("HAT", "Chapeau", "hat", 3990, "-")
    item("BAG", "Sac cabas", "tote bag", 8990, "-")
    item("SOC", "Chaussettes", "socks", 790, "36-38 39-42 43-46")
    item("SNE", "Baskets toile", "canvas sneakers", 5490, "37 38 39 40 41 42 43")
}
