// The readers of what vault, analyst, relay and court exchange, and of what stands inside a segment.
using Moderation.Evidence;
using Moderation.Evidence.Opening;

namespace Moderation.Fuzz;

internal static class MessageTargets
{
    public static IEnumerable<Target> Of(Origin origin)
    {
        var signer = origin.Signer;
        var key = signer.PublicKey;
        var terms = new GrantTerms
        {
            GrantId = new byte[16],
            ContentId = new byte[32],
            Indices = [1, 2],
            CaseId = new byte[16],
            Purpose = GrantPurpose.Appeal,
            NotBeforeMs = 1,
            NotAfterMs = 2,
            Releases = 1,
            Openers = [new byte[32]],
        };
        var request = new KeyRequest
        {
            RequestId = new byte[16],
            GrantId = new byte[16],
            ContentId = new byte[32],
            Indices = [0],
            Recipient = origin.Vault.PublicKey.ToArray(),
            CreatedMs = Origin.NowMs,
        };
        var release = new KeyRelease
        {
            GrantId = new byte[16],
            BundleId = new byte[16],
            ContentId = new byte[32],
            Index = 0,
            DescriptorHash = new byte[32],
            Recipient = origin.Vault.PublicKey.ToArray(),
            RequestId = new byte[16],
            AuditLeaf = new byte[32],
            ReleasedMs = 1,
        }.SealAndSign(new ReleasedSecret(new byte[32], key, [key]), signer)!;
        var grant = Grant.Assemble(Grant.Approve(signer, terms.Encode()));
        var list = new RecipientKeyList(
            0,
            Origin.NowMs,
            [new RecipientKey(1, Kem.X25519, origin.Vault.PublicKey.ToArray())]
        );
        var certificate = new DeviceCertificate
        {
            Issuer = "i",
            Subject = "s",
            ExpiresSeconds = 3,
            NotBeforeSeconds = 1,
            IssuedSeconds = 1,
            CertificateId = new byte[16],
            Device = key,
        };
        var intake = new IntakeReceipt(new byte[16], new byte[32], 5, new byte[32]);
        var query = new RelayQuery(new byte[16], Origin.NowMs, [new StreamKid(new byte[16], 1, 2)]);

        yield return Plain("grant-terms", terms.Encode(), bytes => GrantTerms.Parse(bytes));
        yield return Verdict("grant", [grant], bytes => Grant.Parse(bytes).Refusal);
        yield return Verdict("key-request", [request.Sign(signer)], bytes => KeyRequest.Parse(bytes).Refusal);
        yield return Signed(
            signer,
            "release",
            release,
            CoseContentTypes.KeyRelease,
            CoseLabels.KeyRelease,
            bytes => KeyRelease.Verify(bytes, key).Refusal
        );
        yield return Signed(
            signer,
            "signed-request",
            request.Sign(signer),
            CoseContentTypes.KeyRequest,
            CoseLabels.KeyRequest,
            bytes => KeyRequest.Parse(bytes).Refusal
        );
        yield return Signed(
            signer,
            "disclosure",
            Disclose(origin),
            CoseContentTypes.Disclosure,
            CoseLabels.Disclosure,
            bytes => Judge(bytes, key)
        );
        yield return Signed(
            signer,
            "recipient-keys",
            list.Sign(signer),
            CoseContentTypes.RecipientKeys,
            CoseLabels.RecipientKeys,
            bytes => Null(RecipientKeyList.VerifyAtAnyTime(bytes, key))
        );
        yield return Signed(
            signer,
            "certificate",
            certificate.Sign(signer),
            CoseContentTypes.DeviceCertificate,
            CoseLabels.DeviceCertificate,
            bytes => Null(DeviceCertificate.Verify(bytes, key))
        );
        yield return Signed(
            signer,
            "intake-receipt",
            intake.Sign(signer),
            CoseContentTypes.IntakeReceipt,
            CoseLabels.IntakeReceipt,
            bytes => IntakeReceipt.Verify(bytes, key, new byte[32]).Refusal
        );
        yield return Signed(
            signer,
            "relay-query",
            query.Sign(signer),
            CoseContentTypes.RelayQuery,
            CoseLabels.RelayQuery,
            bytes => Null(RelayQuery.Verify(bytes, key, Origin.NowMs))
        );
        yield return Plain(
            "custodian-request",
            new CustodianRequest(new byte[9], grant, release, new byte[9]).Encode(),
            bytes => CustodianRequest.Parse(bytes)
        );
        yield return Plain(
            "custodian-answer",
            new CustodianAnswer(new byte[32], null).Encode(),
            bytes => CustodianAnswer.Parse(bytes)
        );
        yield return Plain("cose-key", origin.Relay.PublicKey.Encode(), bytes => CoseKey.Parse(bytes));
        yield return Plain("attested-unit", origin.AttestedPlaintext, bytes => AttestedUnit.Parse(bytes));
        yield return new Target(
            "attested",
            1,
            Targets.Bending([origin.AttestedPlaintext]),
            bytes => Targets.Word(AttestedMedia.Check(bytes, origin.AttestedDescriptor, origin.AttestedReceipt).Refusal)
        );
        yield return Plain(
            "sframe-header",
            SFrame.EncodeHeader(0x1234, 500),
            bytes =>
                SFrame.ParseHeader(bytes) is { } header
                    ? header.Length.ToString(System.Globalization.CultureInfo.InvariantCulture)
                    : null
        );
        yield return Segment();
    }

    private static Target Segment()
    {
        var key = new byte[32];
        byte[][] seeds =
        [
            Cobblestone256.Encrypt(key, [1], []),
            Cobblestone256.Encrypt(key, [1], new byte[100]),
            Cobblestone256.Encrypt(key, [1], new byte[16_384]),
        ];
        return new Target(
            "segment",
            1,
            Targets.Bending(seeds),
            bytes => Targets.Word(Cobblestone256.Decrypt(key, [1], bytes).Refusal)
        );
    }

    private static byte[] Disclose(Origin origin)
    {
        var seed = origin.Bundles[^1];
        var head = BundleHead.Parse(seed.File).Value;
        var id = new byte[16];
        var contentId = origin.States[seed.State].VerifyHead(seed.File).Value.Authentic.ContentId;
        return new Disclosure
        {
            DisclosureId = id,
            Manifest = head.Manifest,
            Device = origin.Signer.PublicKey,
            Receipts = [new DisclosedReceipt(0, head.ReadReceipts()![0])],
            Relays = [origin.Relay.PublicKey],
            Segments =
            [
                Disclosure.SealSegment(
                    id,
                    contentId,
                    head.ReadRows()!,
                    0,
                    new byte[32],
                    origin.Vault.PublicKey.ToArray()
                )!,
            ],
            Recipient = origin.Vault.PublicKey.ToArray(),
            GrantHash = new byte[32],
            CreatedMs = 1,
        }.Sign(origin.Signer);
    }

    private static EvidenceRefusal? Judge(byte[] bytes, CoseKey vault) =>
        Disclosure.Verify(bytes, vault).Holds(out var disclosure, out var refusal)
            ? disclosure.VerifyContents().Refusal
            : refusal;

    private static EvidenceRefusal? Null(object? value) => value is null ? new EvidenceRefusal("refused") : null;

    private static Target Plain(string name, byte[] seed, Func<byte[], object?> read) =>
        new(name, 2, Targets.Bending([seed]), bytes => Targets.Word(read(bytes)));

    private static Target Verdict(string name, byte[][] seeds, Func<byte[], EvidenceRefusal?> read) =>
        new(name, 2, Targets.Bending(seeds), bytes => Targets.Word(read(bytes)));

    // Half of the inputs are bent behind the signature and signed again.
    private static Target Signed(
        CoseSigner signer,
        string name,
        byte[] seed,
        string contentType,
        string label,
        Func<byte[], EvidenceRefusal?> read
    )
    {
        var payload = CoseSign1.Parse(seed, contentType)!.Payload.ToArray();
        return new Target(
            name,
            1,
            chance =>
                chance.OneIn(2)
                    ? Mutation.Bend(seed, chance, () => seed)
                    : CoseSign1.Sign(signer, contentType, label, Mutation.Bend(payload, chance, () => payload)),
            bytes => Targets.Word(read(bytes))
        );
    }
}
