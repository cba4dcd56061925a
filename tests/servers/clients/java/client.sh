# shellcheck shell=bash
# The AWS SDK for Java v2, by pom.xml.
java_home=$servers_dir/clients-java

install() {
    command -v java >/dev/null || { why="there is no java"; return 1; }
    command -v mvn >/dev/null || { why="mvn is not installed"; return 1; }
    up_to_date "$java_home/complete" "$clients/java" && return 0
    rm -rf "$java_home"
    cp -r "$clients/java" "$java_home"
    with_retries mvn -q -B -f "$java_home/pom.xml" package ||
        { why="mvn could not build the scenario with the AWS SDK for Java v2"; return 1; }
    touch "$java_home/complete"
}

# Java trusts what is in a store of its own.
scenario() {
    local options=(-Xmx256m -XX:TieredStopAtLevel=1)
    if [ -n "${AWS_CA_BUNDLE:-}" ]; then
        options+=("-Djavax.net.ssl.trustStore=$TRUST_STORE" -Djavax.net.ssl.trustStorePassword=changeit)
    fi
    exec java "${options[@]}" -cp "$java_home/target/classes:$java_home/target/lib/*" Scenario
}
export java_home
