// Opens the shared key releases as a browser would, and refuses the bad ones.
using System.Security.Cryptography;
using System.Text.Json;
using Moderation.Evidence;
using Moderation.Evidence.Opening;

namespace Moderation.UnitTests.Evidence;

public class KeyReleaseTests
{
    private static readonly JsonElement File = Vectors.Json("evb1/key-release.json");

    public static TheoryData<string> Cases => Vectors.NamesOf(File.GetProperty("cases"));

    public static TheoryData<string> GoodCases =>
        Vectors.NamesOf(File.GetProperty("cases"), item => item.TryGetProperty("expect", out _));

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_release_opens_its_segment_or_is_refused_with_its_exact_code(string name)
    {
        var test = File.GetProperty("cases").Named(name);
        using var tab = KemKeyPair.Import(Kem.X25519, test.Hex("tab_private"));

        var opened = Open(test, test.Hex("release"), VaultKey, tab);

        if (test.TryGetProperty("code", out var code))
        {
            opened.Refusal?.Code.ShouldBe(code.GetString());
            opened.Refusal.ShouldNotBeNull();
            return;
        }
        var hash = SHA256.HashData(opened.Value.Plaintext);
        hash.ShouldBe(test.GetProperty("expect").Hex("plaintext_sha256"));
    }

    [Theory]
    [MemberData(nameof(GoodCases))]
    public void A_release_of_our_own_opens_the_same_segment(string name)
    {
        var test = File.GetProperty("cases").Named(name);
        using var tab = KemKeyPair.Import(Kem.X25519, test.Hex("tab_private"));
        using var vault = CoseSigner.Import(CoseAlgorithm.Ed25519, File.Hex("vault_private"));
        var given = KeyRelease.Verify(test.Hex("release"), VaultKey).Value;
        var secret = KeyReleaseOpening.OpenSecret(given, tab).Value;

        var own = given.SealAndSign(secret, vault)!;

        var hash = SHA256.HashData(Open(test, own, vault.PublicKey, tab).Value.Plaintext);
        hash.ShouldBe(test.GetProperty("expect").Hex("plaintext_sha256"));
    }

    [Theory]
    [MemberData(nameof(GoodCases))]
    public void The_sealed_secret_and_its_aad_have_the_expected_bytes(string name)
    {
        var test = File.GetProperty("cases").Named(name);
        using var tab = KemKeyPair.Import(Kem.X25519, test.Hex("tab_private"));

        var release = KeyRelease.Verify(test.Hex("release"), VaultKey).Value;
        var secret = KeyReleaseOpening.OpenSecret(release, tab).Value;

        release.Aad().ShouldBe(test.GetProperty("expect").Hex("aad"));
        secret.Encode().ShouldBe(test.GetProperty("expect").Hex("sealed_plaintext"));
        secret.SegmentKey.ShouldBe(test.GetProperty("expect").Hex("segment_key"));
    }

    private static CoseKey VaultKey => CoseKey.From(CoseAlgorithm.Ed25519, File.Hex("vault_public"))!;

    private static Verdict<OpenedSegment> Open(JsonElement test, byte[] release, CoseKey vault, KemKeyPair tab)
    {
        var want = test.GetProperty("want");
        var index = want.GetProperty("index").GetUInt32();
        var file = Vectors.Read("evb1/" + test.Text("bundle"));
        var head = Vectors.State("keys.json").VerifyHead(file).Value;
        // The page fetches what stands in the bundle; some cases ask for an index the bundle has not.
        var descriptors = head.Structure.Descriptors;
        var place = Math.Min((int)index, descriptors.Count - 1);
        var offset = head.Head.Bytes.Length + descriptors.Take(place).Sum(d => (int)d.CiphertextLength);
        ReadOnlyMemory<byte>? receiptBytes = null;
        if (descriptors[place].Receipt is >= 0 and var receipt)
            receiptBytes = CborForm.Read(head.Head.Receipts, r => r.ByteStrings(2_048, 1_024))![receipt];
        var request = new KeyRequest
        {
            RequestId = want.Hex("request"),
            GrantId = want.Hex("grant"),
            ContentId = want.Hex("contentId"),
            Indices = [index],
            Recipient = want.Hex("recipient"),
            CreatedMs = 0,
        };
        return KeyReleaseOpening.Open(
            release,
            vault,
            request,
            index,
            tab,
            head.Head.Manifest,
            want.Hex("descriptor"),
            receiptBytes,
            file.AsMemory(offset, (int)descriptors[place].CiphertextLength)
        );
    }
}
