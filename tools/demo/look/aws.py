# SPDX-License-Identifier: Apache-2.0
"""aws.py: looks at EC2 with Amazon's own client library. usage: aws.py ENDPOINT machines|volumes|state [ID]; the key in AWS's variables"""
import sys

import boto3

OURS = [{"Name": "tag-key", "Values": ["gaon:installation"]}]
GONE = ("terminated", "shutting-down")


def instances(ec2, filters):
    for page in ec2.get_paginator("describe_instances").paginate(Filters=filters):
        for reservation in page["Reservations"]:
            yield from reservation["Instances"]


def tag_of(thing):
    return next(tag["Value"] for tag in thing["Tags"] if tag["Key"] == "gaon:resource")


def main():
    endpoint, what = sys.argv[1:3]
    ec2 = boto3.client("ec2", endpoint_url=endpoint)
    if what == "volumes":
        # A machine's own disks bear its marks; only those that live apart have an id of their own.
        machines = {tag_of(instance) for instance in instances(ec2, OURS)}
        for page in ec2.get_paginator("describe_volumes").paginate(Filters=OURS):
            for volume in page["Volumes"]:
                if tag_of(volume) not in machines:
                    print(volume["VolumeId"])
        return
    filters = OURS if what == "machines" else [{"Name": "instance-id", "Values": [sys.argv[3]]}]
    for instance in instances(ec2, filters):
        if instance["State"]["Name"] not in GONE:
            print(instance["InstanceId"] if what == "machines" else instance["State"]["Name"])


if __name__ == "__main__":
    main()
