# shellcheck shell=bash disable=SC2034
# SPDX-License-Identifier: Apache-2.0
# aws.sh: moto as Amazon Web Services, with the rights that docs/providers/aws.md asks for; Amazon's own client library looks at it.
aws_outlives=yes

aws_start() {
	peer_start moto "$tools/peers/moto" start "$folder/cloud-aws" "$tools/../docs/providers/aws.md"
	aws_endpoint=$(fact endpoint)
	aws_python=$(fact python)
	aws_key=$(fact admin_key_id)
	aws_secret=$(fact admin_secret_key)
	connection=(--provider aws --endpoint "$aws_endpoint" --region "$(fact region)"
		--option '{"image_names": ["amzn2-ami-hvm-2.0*"], "instance_types": ["t3.*"]}')
	credentials access_key_id "$(fact access_key_id)" secret_access_key "$(fact secret_access_key)"
	title="moto answers as Amazon's eu-west-1 at $aws_endpoint, and checks signatures and rights"
	looker="boto3, Amazon's own client"
}
aws_look() {
	AWS_ACCESS_KEY_ID=$aws_key AWS_SECRET_ACCESS_KEY=$aws_secret AWS_DEFAULT_REGION=eu-west-1 \
		"$aws_python" "$tools/demo/look/aws.py" "$aws_endpoint" "$@"
}
aws_machines() { aws_look machines; }
aws_volumes() { aws_look volumes; }
aws_state() { aws_look state "$1"; }
aws_stop() { "$tools/peers/moto" stop "$folder/cloud-aws"; }
