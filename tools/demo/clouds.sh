# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# clouds.sh: the words for clouds, and how each one's peer is started, looked at from outside, and stopped. Sourced by steps.sh.
#
# A cloud is clouds/FILE.sh with these functions, which know $folder, $tools and their own folder $folder/cloud-FILE:
#   FILE_start [MORE]   starts the peer (or says `skip PEER WHY`), and sets
#                         connection  an array: the words of `gaon connection create NAME`
#                         (and calls `credentials`, where it has some)
#                         image       the cloud's own id of the image to use; "": the first one that is offered
#                         network     the same of the network; "": the connection's own choice
#                         title       what answers, for people
#                         looker      who looks at it from outside
#                         adopts      "no": what was half made when gaond was killed is taken away and made anew
#   FILE_machines       the ids of the machines there that bear our marks, a line each, asked past gaond
#   FILE_volumes        the same of volumes
#   FILE_state ID       the cloud's own word for the machine's state; nothing where there is none
#   FILE_stop           stops what was started; FILE_outlives is "no" where its state dies with gaond

CLOUDS="libvirt test simulator aws vsphere esxi nutanix nutanix-v3 openstack"
started=""

# cloud_file WORD: its file, and a word more for its start.
cloud_file() {
	case $1 in
	libvirt|test|simulator|aws|openstack) echo "$1" ;;
	vsphere) echo vsphere vcenter ;;
	esxi) echo vsphere esxi ;;
	nutanix) echo nutanix v4 ;;
	nutanix-v3) echo nutanix v3 ;;
	*) return 1 ;;
	esac
}

# cloud_start WORD: $file is its file from now on.
cloud_start() {
	how=$(cloud_file "$1") || die "there is no cloud $1; there are: $CLOUDS"
	file=${how%% *}
	# shellcheck source=/dev/null
	. "$tools/demo/clouds/$file.sh"
	connection=(); password=""; image=""; network=""; title="$1"; looker="nobody"; adopts=yes
	mkdir -p "$folder/cloud-$file"
	chmod 755 "$folder/cloud-$file"
	started="$file $started"
	case $how in *" "*) "${file}_start" "${how#* }" ;; *) "${file}_start" ;; esac
	note "$title"
}

clouds_stop() {
	for one in $started; do "${one}_stop" >/dev/null 2>&1; done
}

# peer_start PEER COMMAND…: starts a peer; what it printed is in $said. Its exit 77 is a skip with its own reason.
peer_start() {
	peer=$1; shift
	said=$("$@" 2>"$folder/peer.log") && return
	code=$?
	why=$(cat "$folder/peer.log"; printf '%s' "$said")
	why=$(printf '%s\n' "$why" | grep . | tail -n 1 | sed "s/^SKIP: //; s/^$peer: //")
	[ $code -eq 77 ] && skip "$peer" "$why"
	die "$peer does not start: $why"
}
# fact NAME: of the name=value lines that a peer printed.
fact() { printf '%s\n' "$said" | sed -n "s/^$1=//p"; }
# credentials NAME VALUE…: the connection's, through a file, as lists of processes show words; the last value is the secret.
credentials() {
	(umask 077; printf '%s\n' "$@" | python3 -c '
import json, sys
words = sys.stdin.read().splitlines()
print(json.dumps(dict(zip(words[::2], words[1::2]))))' >"$folder/cloud-$file/credentials")
	connection+=(--credential "@$folder/cloud-$file/credentials")
	password=${!#}
}
# keeps_secrets: what gaond said, wrote and keeps does not hold the last cloud's secret; else $leak says where it does.
keeps_secrets() {
	[ -n "$password" ] || return 0
	leak=$(grep -laF -- "$password" "$folder"/gaond.* "$folder"/gaon.db* "$folder/told.json")
	[ -z "$leak" ]
}
