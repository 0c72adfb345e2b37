#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Makes, in the folder $1: two CAs (ca, rogue-ca), the server's certificate twice (server, renewed), a client's (client), and a
# client's that the rogue CA signed (rogue). With the openssl command alone; keys are for the test's minutes only.
set -eu
cd "$1"

authority() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$1.key" -out "$1.pem" -days 2 \
		-subj "/CN=$1" -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign 2>/dev/null
}

# leaf <name> <ca> <alternative names>
leaf() {
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$1.key" -out "$1.csr" -subj "/CN=$1" 2>/dev/null
	printf 'subjectAltName=%s\n' "$3" >"$1.ext"
	openssl x509 -req -in "$1.csr" -CA "$2.pem" -CAkey "$2.key" -CAcreateserial -days 2 -extfile "$1.ext" \
		-out "$1.pem" 2>/dev/null
}

authority ca
authority rogue-ca
authority other-ca
leaf server ca DNS:localhost,IP:127.0.0.1
leaf renewed other-ca DNS:localhost,IP:127.0.0.1
leaf client ca URI:spiffe://gaon/agents/one,DNS:one.agents.gaon
leaf named ca DNS:two.agents.gaon
leaf rogue rogue-ca URI:spiffe://gaon/agents/one
