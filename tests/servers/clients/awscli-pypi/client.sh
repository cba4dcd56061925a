# shellcheck shell=bash
# The AWS CLI from PyPI: it speaks JSON with SQS. Installed with boto3.
. "$clients/boto3/client.sh"

scenario() { exec "$python_home/bin/python" "$clients/awscli/scenario.py" awscli-pypi "$python_home/bin/aws"; }
