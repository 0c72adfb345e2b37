#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The Debian packages: which there are, what is in each, and what each asks for.
# usage: packages.sh BUILD-FOLDER
set -eu
build=$1
[ -z "${GAON_SANITIZE:-}" ] || { echo "SKIP: packages: nobody ships a sanitized build"; exit 77; }
command -v dpkg-deb >/dev/null && command -v dpkg-shlibdeps >/dev/null || { echo "SKIP: packages: dpkg-dev is not installed"; exit 77; }
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
(cd "$build" && cpack -G DEB -B "$root") >"$root/log" 2>&1 || { cat "$root/log"; exit 1; }
failed=0

# holds PACKAGE FILE…: the package has each of these, wherever the prefix puts it.
holds() {
	package=$1
	shift
	set -- "$root/${package}_"*.deb "$@"
	deb=$1
	shift
	[ -f "$deb" ] || { echo "FAILED: there is no package $package"; failed=1; return; }
	dpkg-deb -c "$deb" | awk '{ print $6 }' >"$root/content"
	for file; do
		grep -q "/$file\$" "$root/content" || { echo "FAILED: $package lacks $file"; failed=1; }
	done
	echo "ok: $package holds $# named files, and needs $(dpkg-deb -f "$deb" Depends)"
}

holds gaond sbin/gaond systemd/system/gaond.service sysusers.d/gaon.conf etc/gaon/gaond.conf man8/gaond.8 doc/gaond/copyright
holds gaon bin/gaon man1/gaon.1 bash-completion/completions/gaon zsh/vendor-completions/_gaon doc/gaon/copyright
holds libgaon0 libgaon.so.0
holds libgaon-dev libgaon.so libgaon.a pkgconfig/gaon.pc gaon/client.h gaon/operation.h lifecycle/v1/lifecycle.pb-c.h \
	lifecycle/v1/lifecycle.client.h proto/gaon/lifecycle/v1/lifecycle.proto proto/google/rpc/error_details.proto
dpkg-deb -f "$root"/gaond_*.deb Depends | grep -q libsqlite3 || { echo "FAILED: gaond does not ask for its libraries"; failed=1; }
dpkg-deb -f "$root"/libgaon-dev_*.deb Depends | grep -q 'libgaon0 (= ' || { echo "FAILED: libgaon-dev fits any libgaon0"; failed=1; }
mkdir "$root/control"
dpkg-deb -e "$root"/gaond_*.deb "$root/control"
for script in postinst prerm conffiles; do
	[ -s "$root/control/$script" ] || { echo "FAILED: gaond lacks its $script"; failed=1; }
done
! dpkg-deb -c "$root"/gaon_*.deb | awk '{ print $2 }' | grep -vq '^root/root$' || { echo "FAILED: files of somebody's"; failed=1; }
exit $failed
