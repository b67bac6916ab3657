"""Codes on labels: GTINs of our own making and our own codes, written independently of the product."""

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def check_digit(body):
    """The check digit of GS1 numbers (General Specifications §7.9)."""
    total = sum(int(digit) * (3 if index % 2 == 0 else 1) for index, digit in enumerate(reversed(body)))
    return str(-total % 10)


def gtin(number):
    """A valid GTIN-13 of a made-up company."""
    body = f"3{number:011d}"
    return body + check_digit(body)


def own_code(kind, number):
    """A code of ours, `P-4F7K92QX-P`, with the ISO/IEC 7064 MOD 37,36 check character."""
    body = ""
    for _ in range(8):
        body = CROCKFORD[number % 32] + body
        number //= 32
    product = 36
    for character in kind + body:
        total = (product + ALPHABET.index(character)) % 36 or 36
        product = total * 2 % 37
    return f"{kind}-{body}-{ALPHABET[(37 - product) % 36]}"
