// Signs, reads and refuses the small signed objects around a bundle.
using System.Security.Cryptography;
using Moderation.Evidence;

namespace Moderation.UnitTests.Evidence;

public sealed class SignedObjectTests : IDisposable
{
    private const ulong Now = World.NowMs;
    private readonly CoseSigner analyst = CoseSigner.Generate(CoseAlgorithm.Esp256);
    private readonly CoseSigner other = CoseSigner.Generate();
    private static readonly byte[] Content = RandomNumberGenerator.GetBytes(32);

    [Theory]
    [InlineData(CoseAlgorithm.Ed25519)]
    [InlineData(CoseAlgorithm.Esp256)]
    public void A_signature_verifies_only_under_its_key_label_and_content_type(CoseAlgorithm algorithm)
    {
        using var signer = CoseSigner.Generate(algorithm);

        var bytes = CoseSign1.Sign(signer, CoseContentTypes.Filing, CoseLabels.Filing, "{}"u8);

        var parsed = CoseSign1.Parse(bytes, CoseContentTypes.Filing)!;
        parsed.Verify(signer.PublicKey, CoseLabels.Filing).ShouldBeTrue();
        parsed.Verify(signer.PublicKey, CoseLabels.Grant).ShouldBeFalse();
        parsed.Verify(other.PublicKey, CoseLabels.Filing).ShouldBeFalse();
        CoseSign1.Parse(bytes, CoseContentTypes.Grant).ShouldBeNull();
        CoseSign1.Parse(bytes.AsMemory(1), CoseContentTypes.Filing).ShouldBeNull();
        CoseSign1.Parse((byte[])[.. bytes, 0], CoseContentTypes.Filing).ShouldBeNull();
    }

    [Fact]
    public void The_protected_header_of_a_manifest_has_the_75_bytes_of_section_11()
    {
        var bytes = CoseSign1.Sign(other, CoseContentTypes.Manifest, CoseLabels.Manifest, "x"u8);

        var header = Convert.ToHexString(CoseSign1.Parse(bytes, CoseContentTypes.Manifest)!.Protected.Span);

        header.ShouldBe(
            "A301320378226170706C69636174696F6E2F766E642E657662312D6D616E69666573742B63626F72045820"
                + Convert.ToHexString(other.PublicKey.Kid)
        );
        header.Length.ShouldBe(150);
    }

    [Theory]
    [InlineData(CoseAlgorithm.Ed25519)]
    [InlineData(CoseAlgorithm.Esp256)]
    public void A_key_is_read_back_from_its_COSE_Key_and_its_private_bytes(CoseAlgorithm algorithm)
    {
        using var signer = CoseSigner.Generate(algorithm);
        using var again = CoseSigner.Import(algorithm, signer.ExportPrivateKey());

        var parsed = CoseKey.Parse(signer.PublicKey.Encode())!;

        parsed.KidHex.ShouldBe(signer.PublicKey.KidHex);
        again.PublicKey.KidHex.ShouldBe(signer.PublicKey.KidHex);
        parsed.Verify("text"u8, again.Sign("text"u8)).ShouldBeTrue();
        parsed.Verify("test"u8, again.Sign("text"u8)).ShouldBeFalse();
    }

    [Theory]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("0100000000000000000000000000000000000000000000000000000000000080")]
    [InlineData("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85")]
    [InlineData("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a")]
    [InlineData("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")]
    [InlineData("eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff")]
    [InlineData("0102")]
    public void A_weak_public_key_is_no_key(string hex)
    {
        CoseKey.From(CoseAlgorithm.Ed25519, Convert.FromHexString(hex)).ShouldBeNull();
    }

    [Fact]
    public void A_point_off_the_curve_is_no_key()
    {
        var point = analyst.PublicKey.PublicKey.ToArray();
        point[64] ^= 1;

        CoseKey.From(CoseAlgorithm.Esp256, point).ShouldBeNull();
        CoseKey.From((CoseAlgorithm)(-7), analyst.PublicKey.PublicKey).ShouldBeNull();
    }

    [Fact]
    public void An_intake_receipt_holds_for_its_content_and_intake_only()
    {
        var receipt = new IntakeReceipt(new byte[16], Content, Now, new byte[32]).Sign(analyst);

        IntakeReceipt.Verify(receipt, analyst.PublicKey, Content).Value.CompletedMs.ShouldBe(Now);
        IntakeReceipt.Verify(receipt, analyst.PublicKey, new byte[32]).Refusal!.Code.ShouldBe("evb1.not-accepted");
        IntakeReceipt.Verify(receipt, other.PublicKey, Content).Refusal!.Code.ShouldBe("evb1.not-accepted");
        IntakeReceipt.Verify(default, analyst.PublicKey, Content).Refusal!.Code.ShouldBe("evb1.not-accepted");
    }

    [Fact]
    public void A_grant_of_two_approvals_is_read_and_checked_step_by_step()
    {
        var terms = Terms();
        var bytes = Grant.Assemble(Grant.Approve(analyst, terms.Encode()), Grant.Approve(other, terms.Encode()));

        var grant = Grant.Parse(bytes).Value;

        grant.Approvals.Count.ShouldBe(2);
        grant.Hash.ShouldBe(SHA256.HashData(bytes));
        grant.Terms.Encode().ShouldBe(terms.Encode());
        grant.CheckSignatures(KeyOf).ShouldBeNull();
        grant.CheckSignatures(_ => null)!.Code.ShouldBe(EvidenceCodes.GrantSignature);
        grant.CheckScope(Content, 5).ShouldBeNull();
        grant.CheckScope(Content, 4)!.Code.ShouldBe(EvidenceCodes.GrantScope);
        grant.CheckScope(new byte[32], 5)!.Code.ShouldBe(EvidenceCodes.GrantScope);
        grant.CheckTime(Now).ShouldBeNull();
        grant.CheckTime(Now - 1)!.Code.ShouldBe(EvidenceCodes.GrantExpired);
        grant.CheckTime(Now + 1_001)!.Code.ShouldBe(EvidenceCodes.GrantExpired);
    }

    [Fact]
    public void A_grant_that_breaks_its_form_is_malformed()
    {
        var good = Terms();
        GrantTerms[] broken =
        [
            good with
            {
                Indices = [4, 0],
            },
            good with
            {
                Indices = [],
            },
            good with
            {
                Indices = [0, 0],
            },
            good with
            {
                Releases = 17,
            },
            good with
            {
                Purpose = (GrantPurpose)8,
            },
            good with
            {
                NotAfterMs = Now + EvidenceLimits.GrantLife + 1,
            },
            good with
            {
                Openers = [],
            },
            good with
            {
                Openers = [good.Openers[0], good.Openers[0]],
            },
        ];
        foreach (var terms in broken)
            Code(Grant.Assemble(Grant.Approve(analyst, terms.Encode()))).ShouldBe(EvidenceCodes.GrantMalformed);
        var one = Grant.Approve(analyst, good.Encode());
        var differing = Grant.Approve(other, (good with { Releases = 1 }).Encode());
        Code(Grant.Assemble(one, differing)).ShouldBe(EvidenceCodes.GrantMalformed);
        Code(Grant.Assemble(one, one, one)).ShouldBe(EvidenceCodes.GrantMalformed);
        Code(one).ShouldBe(EvidenceCodes.GrantMalformed);

        static string? Code(byte[] bytes) => Grant.Parse(bytes).Refusal?.Code;
    }

    [Fact]
    public void A_key_request_is_judged_against_its_grant()
    {
        var terms = Terms();
        var request = new KeyRequest
        {
            RequestId = new byte[16],
            GrantId = terms.GrantId,
            ContentId = Content,
            Indices = [4],
            Recipient = new byte[32],
            CreatedMs = Now,
        };

        var signed = KeyRequest.Parse(request.Sign(analyst)).Value;
        var tooWide = KeyRequest.Parse((request with { Indices = [1] }).Sign(analyst)).Value;
        var stranger = KeyRequest.Parse(request.Sign(other)).Value;

        signed.CheckSignature(terms, KeyOf).ShouldBeNull();
        stranger.CheckSignature(terms, KeyOf)!.Code.ShouldBe(EvidenceCodes.RequestSignature);
        signed.CheckScope(terms, forDisclosure: false).ShouldBeNull();
        signed.CheckScope(terms, forDisclosure: true)!.Code.ShouldBe(EvidenceCodes.RequestScope);
        tooWide.CheckScope(terms, forDisclosure: false)!.Code.ShouldBe(EvidenceCodes.RequestScope);
        signed.CheckAge(Now + 120_000).ShouldBeNull();
        signed.CheckAge(Now - 120_000).ShouldBeNull();
        signed.CheckAge(Now + 120_001)!.Code.ShouldBe(EvidenceCodes.RequestStale);
        KeyRequest.Parse(Content).Refusal!.Code.ShouldBe(EvidenceCodes.RequestMalformed);
    }

    [Fact]
    public void A_recipient_list_is_believed_only_while_it_is_valid_and_signed()
    {
        using var world = new World();
        var list = new RecipientKeyList(Now, Now + 10, world.Draft().Recipients).Sign(analyst);

        RecipientKeyList.Verify(list, analyst.PublicKey, Now)!.ForSealing().Count.ShouldBe(2);
        RecipientKeyList.Verify(list, analyst.PublicKey, Now + 11).ShouldBeNull();
        RecipientKeyList.Verify(list, analyst.PublicKey, Now - 1).ShouldBeNull();
        RecipientKeyList.Verify(list, other.PublicKey, Now).ShouldBeNull();
    }

    [Fact]
    public void A_device_certificate_names_its_device_under_its_authority()
    {
        var certificate = new DeviceCertificate
        {
            Issuer = "platform",
            Subject = "account",
            ExpiresSeconds = 3,
            NotBeforeSeconds = 1,
            IssuedSeconds = 1,
            CertificateId = new byte[16],
            Device = other.PublicKey,
        }.Sign(analyst);

        DeviceCertificate.Verify(certificate, analyst.PublicKey)!.Device.KidHex.ShouldBe(other.PublicKey.KidHex);
        DeviceCertificate.Verify(certificate, other.PublicKey).ShouldBeNull();
        DeviceCertificate.HashOf(certificate).ShouldBe(SHA256.HashData(certificate));
    }

    [Fact]
    public void Messages_of_vault_and_custodian_are_read_as_they_were_written()
    {
        var request = CustodianRequest.Parse(
            new CustodianRequest(new byte[] { 1 }, new byte[] { 2 }, new byte[] { 3 }, new byte[] { 4 }).Encode()
        )!;
        var share = CustodianAnswer.Parse(new CustodianAnswer(Content, null).Encode())!;
        var code = CustodianAnswer.Parse(new CustodianAnswer(null, "evb1.custodian-refused").Encode())!;

        request.Grant.ToArray().ShouldBe([2]);
        request.DeviceKey.ToArray().ShouldBe([4]);
        share.Share.ShouldBe(Content);
        (code.Share, code.Code).ShouldBe((null, "evb1.custodian-refused"));
        CustodianAnswer.Parse(Content).ShouldBeNull();
    }

    [Fact]
    public void An_audit_entry_has_one_encoding_and_its_leaf_hash()
    {
        var entry = new AuditEntry(AuditEntryTypes.Open, Content, new byte[32], new byte[16], [0, 4], 1_000);

        var bytes = entry.Encode();

        Convert
            .ToHexStringLower(bytes)
            .ShouldBe(
                "a601646f70656e025820"
                    + Convert.ToHexStringLower(Content)
                    + "035820"
                    + new string('0', 64)
                    + "0450"
                    + new string('0', 32)
                    + "05820004061903e8"
            );
        entry.LeafHash().ShouldBe(SHA256.HashData([0, .. bytes]));
    }

    [Theory]
    [InlineData("evb1.limit-exceeded", 413)]
    [InlineData("evb1.unknown-device", 403)]
    [InlineData("evb1.manifest-signature", 403)]
    [InlineData("evb1.challenge-expired", 409)]
    [InlineData("evb1.chain-fork", 409)]
    [InlineData("evb1.upload-expired", 410)]
    [InlineData("evb1.segment-index", 404)]
    [InlineData("evb1.grant-quorum", 403)]
    [InlineData("evb1.request-stale", 403)]
    [InlineData("evb1.not-accepted", 403)]
    [InlineData("evb1.log-unavailable", 503)]
    [InlineData("evb1.segment-hash", 422)]
    [InlineData("evd1.inclusion", 422)]
    public void Each_code_has_the_status_of_section_17(string code, int status)
    {
        EvidenceCodes.HttpStatusOf(code).ShouldBe(status);
    }

    public void Dispose()
    {
        analyst.Dispose();
        other.Dispose();
    }

    private CoseKey? KeyOf(byte[] kid) =>
        new[] { analyst.PublicKey, other.PublicKey }.FirstOrDefault(key => key.Kid.SequenceEqual(kid));

    private GrantTerms Terms() =>
        new()
        {
            GrantId = RandomNumberGenerator.GetBytes(16),
            ContentId = Content,
            Indices = [0, 4],
            CaseId = new byte[16],
            Purpose = GrantPurpose.Triage,
            NotBeforeMs = Now,
            NotAfterMs = Now + 1_000,
            Releases = 2,
            Openers = [analyst.PublicKey.Kid.ToArray()],
        };
}
