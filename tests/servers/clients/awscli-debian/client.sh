# shellcheck shell=bash
# The AWS CLI of Debian 12 (2.9): it still speaks Query with SQS.
install() {
    [ "$(dpkg-query -W -f='${db:Status-Status}' awscli 2>/dev/null)" = installed ] && return 0
    why="Debian's package awscli is not installed (apt install awscli)"
    return 1
}

scenario() { exec /usr/bin/python3 "$clients/awscli/scenario.py" awscli-debian /usr/bin/aws; }
export clients
