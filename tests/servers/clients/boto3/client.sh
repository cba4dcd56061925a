# shellcheck shell=bash
# boto3 from PyPI, with the AWS CLI of the same botocore in the same place.
python_home=$servers_dir/clients-python

install() {
    local wanted
    wanted=$(cat "$clients/boto3/requirements.txt")
    [ "$(cat "$python_home/complete" 2>/dev/null)" = "$wanted" ] && return 0
    command -v python3 >/dev/null || { why="python3 is not installed"; return 1; }
    rm -rf "$python_home"
    python3 -m venv "$python_home" || { why="python3 cannot make a virtual environment (apt install python3-venv)"; return 1; }
    with_retries "$python_home/bin/pip" install -q --disable-pip-version-check -r "$clients/boto3/requirements.txt" ||
        { why="pip could not install boto3 and awscli from PyPI"; return 1; }
    echo "$wanted" >"$python_home/complete"
}

scenario() { exec "$python_home/bin/python" "$clients/boto3/scenario.py"; }
export python_home clients
