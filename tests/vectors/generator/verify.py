"""The table of deliveries."""

from . import deliveries, headers
from .scheme import BODY, I64_MIN, ID, NOW, SECRET, Table, put, put_list, sig


class VerifyTable(Table):
    def case(self, name, status, header=None, secrets=(SECRET,), delivery_id=ID, body=BODY,
             tolerance=300, now=NOW, secret_index=0, signed_at=NOW):
        assert now not in (-1, I64_MIN) and tolerance not in (-1, I64_MIN), name
        case = {"name": name}
        put_list(case, "secrets", secrets)
        put(case, "header", sig(delivery_id=delivery_id, body=body) if header is None else header)
        put(case, "delivery_id", delivery_id)
        put(case, "body", body)
        case["tolerance"] = tolerance
        case["now"] = now
        case["status"] = status
        if status == "ok":
            case["secret_index"] = secret_index
            case["signed_at"] = signed_at
            case["skew_seconds"] = now - signed_at
        self.add(case)

    def ok(self, name, header=None, **inputs):
        self.case(name, "ok", header, **inputs)

    def malformed(self, name, header=None, **inputs):
        self.case(name, "signature_malformed", header, **inputs)

    def mismatch(self, name, header=None, **inputs):
        self.case(name, "signature_mismatch", header, **inputs)

    def too_old(self, name, header=None, **inputs):
        self.case(name, "timestamp_too_old", header, **inputs)

    def too_new(self, name, header=None, **inputs):
        self.case(name, "timestamp_too_new", header, **inputs)

    def invalid(self, name, header=None, **inputs):
        self.case(name, "invalid_argument", header, **inputs)


def verify_cases():
    table = VerifyTable()
    for add in (
        deliveries.bodies,
        deliveries.tampering,
        headers.malformed_headers,
        headers.accepted_headers,
        headers.timestamps,
        headers.candidates,
        deliveries.secrets,
        deliveries.tolerances,
        deliveries.clocks,
        deliveries.delivery_ids,
        deliveries.precedence,
    ):
        add(table)
    return table.cases
