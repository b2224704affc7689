"""The review desk's public address: HTTPS only, behind a firewall, every request logged."""

import json
from typing import Any

import botocore.session
import pytest
from botocore.validate import ParamValidator

from tests.fakes.pulumi_engine import ACCOUNT, arn
from tests.unit.infra.stacks import KINDS, declared

BALANCER = "aws:lb/loadBalancer:LoadBalancer"
LISTENER = "aws:lb/listener:Listener"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
ACL = "aws:wafv2/webAcl:WebAcl"


def test_only_a_desk_with_a_domain_has_an_entrance() -> None:
    assert [kind for kind in KINDS if declared(kind).of(BALANCER, ACL)] == ["desk", "api"]


def test_browsers_are_answered_by_https_alone() -> None:
    https, http = (declared("desk").one(LISTENER, name).inputs for name in ("desk-https", "desk-http"))
    assert (https["port"], https["protocol"]) == (443, "HTTPS")
    assert https["certificateArn"] == f"arn:aws:acm:us-east-1:{ACCOUNT}:certificate/1234"
    assert https["sslPolicy"].startswith("ELBSecurityPolicy-TLS13-")
    (redirect,) = http["defaultActions"]
    assert (http["port"], redirect["type"], redirect["redirect"]["protocol"]) == (80, "redirect", "HTTPS")


def test_the_load_balancer_is_public_protected_and_logs_every_request() -> None:
    balancer = declared("desk").one(BALANCER, "desk-balancer").inputs
    public = [each for each in declared("desk").of("aws:ec2/subnet:Subnet") if each.name.startswith("public-")]
    assert balancer["subnets"] == [f"{each.name}-id" for each in public]
    assert len(public) == 3
    assert balancer["internal"] is False
    assert balancer["enableDeletionProtection"] is True
    assert balancer["dropInvalidHeaderFields"] is True
    assert balancer["accessLogs"] == {"bucket": f"gavel-prod-logs-{ACCOUNT}", "prefix": "desk", "enabled": True}


def test_only_the_allowed_reach_it_and_only_it_reaches_the_desk() -> None:
    let_in = {
        (each.inputs["securityGroupId"], each.inputs.get("cidrIpv4") or each.inputs["referencedSecurityGroupId"])
        for each in declared("desk").of(INGRESS)
        if each.inputs["securityGroupId"] != "endpoints-id"
    }
    assert let_in == {
        ("desk-entrance-id", "192.0.2.0/24"),
        ("desk-entrance-id", "198.51.100.7/32"),
        ("desk-tasks-id", "desk-entrance-id"),
    }
    (out,) = (each.inputs for each in declared("desk").of(EGRESS) if each.name == "desk-entrance-to-tasks")
    assert (out["referencedSecurityGroupId"], out["fromPort"], out["toPort"]) == ("desk-tasks-id", 8080, 8080)


def test_the_desks_tasks_are_its_targets_and_nobody_elses() -> None:
    service = declared("desk").one("aws:ecs/service:Service", "desk-service").inputs
    assert service["loadBalancers"] == [
        {
            "targetGroupArn": arn("elasticloadbalancing", "targetgroup/gavel-prod-desk8080/0123456789abcdef"),
            "containerName": "desk",
            "containerPort": 8080,
        }
    ]
    assert service["networkConfiguration"]["securityGroups"] == ["tasks-id", "desk-tasks-id"]
    targets = declared("desk").one("aws:lb/targetGroup:TargetGroup", "desk-targets").inputs
    assert (targets["targetType"], targets["healthCheck"]["path"]) == ("ip", "/health")
    assert declared("desk").container("desk")["portMappings"] == [{"containerPort": 8080, "protocol": "tcp"}]
    for name in ("ingest", "moderate", "review", "results"):
        assert "loadBalancers" not in declared("desk").one("aws:ecs/service:Service", f"{name}-service").inputs


def test_the_desk_calls_itself_as_browsers_do_and_tells_where_its_domain_is_to_point() -> None:
    outputs = declared("desk").outputs
    assert outputs["desk_url"] == declared("desk").environment("desk")["GAVEL_DESK_URL"] == "https://desk.example.com"
    record = declared("desk").one("aws:route53/record:Record", "desk-domain").inputs
    assert (record["name"], record["type"]) == ("desk.example.com", "A")
    (alias,) = record["aliases"]
    assert alias["name"] == outputs["desk_entrance"]


def rules() -> list[dict[str, Any]]:
    found = json.loads(declared("desk").one(ACL, "desk-firewall").inputs["ruleJson"])
    assert isinstance(found, list)
    return found


def test_the_firewalls_rules_are_such_as_its_api_takes() -> None:
    shape = botocore.session.get_session().get_service_model("wafv2").operation_model("CreateWebACL").input_shape
    assert shape is not None
    request = {
        "Name": "x",
        "Scope": "REGIONAL",
        "DefaultAction": {"Allow": {}},
        "Rules": rules(),
        "VisibilityConfig": rules()[0]["VisibilityConfig"],
    }
    report = ParamValidator().validate(request, shape)
    assert not report.has_errors(), report.generate_report()
    assert len({rule["Priority"] for rule in rules()}) == len(rules())


def test_one_address_may_ask_so_often_and_awss_rules_stand_before_everything() -> None:
    limit, *managed = rules()
    assert limit["Statement"]["RateBasedStatement"]["Limit"] == 2000
    assert limit["Action"]["Block"]["CustomResponse"]["ResponseCode"] == 429
    groups = [rule["Statement"]["ManagedRuleGroupStatement"] for rule in managed]
    assert [group["Name"].removeprefix("AWSManagedRules") for group in groups] == [
        "AmazonIpReputationList",
        "CommonRuleSet",
        "KnownBadInputsRuleSet",
    ]
    counted = {override["Name"] for group in groups for override in group.get("RuleActionOverrides", ())}
    assert counted == {"SizeRestrictions_BODY", "CrossSiteScripting_BODY"}, "what answers of reviewers may look like"


def test_the_firewall_stands_before_the_load_balancer_and_logs_no_cookie() -> None:
    on = declared("desk").one("aws:wafv2/webAclAssociation:WebAclAssociation", "desk-firewall-on").inputs
    assert on["resourceArn"] == arn("elasticloadbalancing", "loadbalancer/app/gavel-prod-desk/0123456789abcdef")
    logging = (
        declared("desk")
        .one("aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration", "desk-firewall-logging")
        .inputs
    )
    assert logging["logDestinationConfigs"] == [arn("logs", "log-group:aws-waf-logs-gavel-prod")]
    assert {field["singleHeader"]["name"] for field in logging["redactedFields"]} == {"authorization", "cookie"}


@pytest.mark.parametrize("preview", [False, True])
def test_the_log_group_of_the_firewall_is_encrypted_and_forgets(preview: bool) -> None:
    groups = {
        each.name: each.inputs for each in declared("desk", preview=preview).of("aws:cloudwatch/logGroup:LogGroup")
    }
    assert groups["desk-firewall-logs"]["retentionInDays"] == 90
