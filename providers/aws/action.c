/* SPDX-License-Identifier: Apache-2.0 */
/* action.c: the tables of services and actions. */
#include "providers/aws/action.h"

#include <stddef.h>

const struct aws_service_row aws_services[AWS_SERVICE_COUNT] = {
	[AWS_EC2] = { "ec2", "Amazon EC2", "ec2", "2016-11-15", NULL },
	[AWS_STS] = { "sts", "AWS STS", "sts", "2011-06-15", NULL },
	[AWS_MONITORING] = { "monitoring", "Amazon CloudWatch", "cloudwatch", "2010-08-01", NULL },
	[AWS_COST] = { "ce", "AWS Cost Explorer", "ce", NULL, "AWSInsightsIndexService" },
	[AWS_PRICING] = { "pricing", "AWS Price List", "pricing", NULL, "AWSPriceListService" },
	[AWS_QUOTAS] = { "servicequotas", "AWS Service Quotas", "servicequotas", NULL, "ServiceQuotasV20190624" },
};

#define READS(name_)                                                                                                   \
	{                                                                                                              \
		name_, AWS_EC2, true                                                                                   \
	}
#define DOES(name_)                                                                                                    \
	{                                                                                                              \
		name_, AWS_EC2, false                                                                                  \
	}

const struct aws_action_row aws_actions[AWS_ACTION_COUNT] = {
	[AWS_DESCRIBE_REGIONS] = READS("DescribeRegions"),
	[AWS_DESCRIBE_ZONES] = READS("DescribeAvailabilityZones"),
	[AWS_DESCRIBE_INSTANCE_TYPES] = READS("DescribeInstanceTypes"),
	[AWS_DESCRIBE_IMAGES] = READS("DescribeImages"),
	[AWS_DESCRIBE_SUBNETS] = READS("DescribeSubnets"),
	[AWS_DESCRIBE_VPCS] = READS("DescribeVpcs"),
	[AWS_DESCRIBE_ACCOUNT_ATTRIBUTES] = READS("DescribeAccountAttributes"),
	[AWS_DESCRIBE_INSTANCES] = READS("DescribeInstances"),
	[AWS_DESCRIBE_VOLUMES] = READS("DescribeVolumes"),
	[AWS_DESCRIBE_VOLUME_MODIFICATIONS] = READS("DescribeVolumesModifications"),
	[AWS_DESCRIBE_SNAPSHOTS] = READS("DescribeSnapshots"),
	[AWS_DESCRIBE_SECURITY_GROUPS] = READS("DescribeSecurityGroups"),
	[AWS_DESCRIBE_SECURITY_GROUP_RULES] = READS("DescribeSecurityGroupRules"),
	[AWS_DESCRIBE_ADDRESSES] = READS("DescribeAddresses"),
	[AWS_DESCRIBE_KEY_PAIRS] = READS("DescribeKeyPairs"),
	[AWS_GET_CONSOLE_OUTPUT] = READS("GetConsoleOutput"),
	[AWS_RUN_INSTANCES] = DOES("RunInstances"),
	[AWS_START_INSTANCES] = DOES("StartInstances"),
	[AWS_STOP_INSTANCES] = DOES("StopInstances"),
	[AWS_REBOOT_INSTANCES] = DOES("RebootInstances"),
	[AWS_TERMINATE_INSTANCES] = DOES("TerminateInstances"),
	[AWS_MODIFY_INSTANCE] = DOES("ModifyInstanceAttribute"),
	[AWS_CREATE_TAGS] = DOES("CreateTags"),
	[AWS_DELETE_TAGS] = DOES("DeleteTags"),
	[AWS_CREATE_VOLUME] = DOES("CreateVolume"),
	[AWS_ATTACH_VOLUME] = DOES("AttachVolume"),
	[AWS_DETACH_VOLUME] = DOES("DetachVolume"),
	[AWS_MODIFY_VOLUME] = DOES("ModifyVolume"),
	[AWS_DELETE_VOLUME] = DOES("DeleteVolume"),
	[AWS_CREATE_SNAPSHOT] = DOES("CreateSnapshot"),
	[AWS_CREATE_SNAPSHOTS] = DOES("CreateSnapshots"),
	[AWS_DELETE_SNAPSHOT] = DOES("DeleteSnapshot"),
	[AWS_CREATE_IMAGE] = DOES("CreateImage"),
	[AWS_DEREGISTER_IMAGE] = DOES("DeregisterImage"),
	[AWS_CREATE_SUBNET] = DOES("CreateSubnet"),
	[AWS_DELETE_SUBNET] = DOES("DeleteSubnet"),
	[AWS_CREATE_SECURITY_GROUP] = DOES("CreateSecurityGroup"),
	[AWS_DELETE_SECURITY_GROUP] = DOES("DeleteSecurityGroup"),
	[AWS_AUTHORIZE_INGRESS] = DOES("AuthorizeSecurityGroupIngress"),
	[AWS_AUTHORIZE_EGRESS] = DOES("AuthorizeSecurityGroupEgress"),
	[AWS_REVOKE_INGRESS] = DOES("RevokeSecurityGroupIngress"),
	[AWS_REVOKE_EGRESS] = DOES("RevokeSecurityGroupEgress"),
	[AWS_ALLOCATE_ADDRESS] = DOES("AllocateAddress"),
	[AWS_ASSOCIATE_ADDRESS] = DOES("AssociateAddress"),
	[AWS_DISASSOCIATE_ADDRESS] = DOES("DisassociateAddress"),
	[AWS_RELEASE_ADDRESS] = DOES("ReleaseAddress"),
	[AWS_IMPORT_KEY_PAIR] = DOES("ImportKeyPair"),
	[AWS_DELETE_KEY_PAIR] = DOES("DeleteKeyPair"),
	[AWS_GET_CALLER_IDENTITY] = { "GetCallerIdentity", AWS_STS, true },
	/* It makes credentials, but repeating it harms nobody. */
	[AWS_ASSUME_ROLE] = { "AssumeRole", AWS_STS, true },
	[AWS_GET_METRIC_DATA] = { "GetMetricData", AWS_MONITORING, true },
	[AWS_GET_COST_AND_USAGE] = { "GetCostAndUsage", AWS_COST, true },
	[AWS_GET_PRODUCTS] = { "GetProducts", AWS_PRICING, true },
	[AWS_GET_SERVICE_QUOTA] = { "GetServiceQuota", AWS_QUOTAS, true },
};
