"""Signatures of botocore for each second of one core, of the request that bench_sign signs: a JSON line.

usage: sign.py [BODY_BYTES]
"""
import json
import sys
import time

import botocore
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials


def main():
    body = b"x" * int(sys.argv[1] if len(sys.argv) > 1 else 3000)
    signer = SigV4Auth(Credentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"), "sqs", "us-east-1")

    def sign():
        request = AWSRequest(method="POST", url="https://sqs.us-east-1.amazonaws.com/", data=body,
                             headers={"Content-Type": "application/x-www-form-urlencoded"})
        signer.add_auth(request)
        return request.headers["Authorization"]

    for _ in range(500):
        sign()
    count = 5000
    began = time.process_time()
    for _ in range(count):
        sign()
    seconds = time.process_time() - began
    print(json.dumps({"client": "botocore", "version": botocore.__version__, "body": len(body),
                      "ns_per_signature": round(1e9 * seconds / count), "signatures_per_second": round(count / seconds)}))


if __name__ == "__main__":
    main()
