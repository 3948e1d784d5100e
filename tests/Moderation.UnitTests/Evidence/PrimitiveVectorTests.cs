// Runs the imported vectors of the primitives under the evidence format.
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json;
using Moderation.Evidence;
using Moderation.Evidence.Opening;

namespace Moderation.UnitTests.Evidence;

public class PrimitiveVectorTests
{
    private const string CobblestoneFile = "wycheproof/c2sp_chunked_encryption_aes_256_gcm_test.json";
    private const string Ed25519File = "wycheproof/ed25519_test.json";
    private const string X25519File = "wycheproof/x25519_test.json";

    public static TheoryData<int> Cobblestone => Ids(CobblestoneFile);

    public static TheoryData<int> Ed25519 => Ids(Ed25519File);

    public static TheoryData<int> X25519 => Ids(X25519File);

    public static TheoryData<int> EvidenceSuite => Positions("hpke/evb1-suite.json", "vectors");

    public static TheoryData<int> Rfc9180 =>
        [
            .. Vectors
                .Json("hpke/rfc9180-base.json")
                .GetProperty("vectors")
                .EnumerateArray()
                .Index()
                .Where(v => v.Item.GetProperty("kem_id").GetInt32() is 16 or 32)
                .Select(v => v.Index),
        ];

    public static TheoryData<int> SFrameHeaders => Positions("rfc9605/test-vectors.json", "header");

    public static TheoryData<int> Trees => Positions("evb1/merkle.json", "trees");

    [Theory]
    [MemberData(nameof(Cobblestone))]
    public void Cobblestone_opens_the_valid_and_refuses_the_rest(int id)
    {
        var test = Find(CobblestoneFile, id).Test;
        using var inflate = new ZLibStream(new MemoryStream(test.Hex("ct")), CompressionMode.Decompress);
        using var ciphertext = new MemoryStream();
        inflate.CopyTo(ciphertext);

        var opened = Cobblestone256.Decrypt(test.Hex("key"), test.Hex("ctx"), ciphertext.ToArray());

        if (test.Text("result") == "invalid")
        {
            opened.Refusal!.Code.ShouldBeOneOf(EvidenceCodes.KeyCommitment, EvidenceCodes.ChunkAuth);
            return;
        }
        opened.Value.Length.ShouldBe(test.GetProperty("msgLength").GetInt32());
        SHA512.HashData(opened.Value).ShouldBe(test.Hex("msgSha512"));
        Cobblestone256.CiphertextLength(opened.Value.Length).ShouldBe(ciphertext.Length);
        Cobblestone256
            .EncryptWithSalt(
                test.Hex("key"),
                ciphertext.ToArray().AsSpan(0, Cobblestone256.SaltLength),
                test.Hex("ctx"),
                opened.Value
            )
            .AsSpan()
            .SequenceEqual(ciphertext.ToArray())
            .ShouldBeTrue();
    }

    [Theory]
    [MemberData(nameof(Ed25519))]
    public void Ed25519_follows_RFC_8032(int id)
    {
        var (group, test) = Find(Ed25519File, id);
        var key = CoseKey.From(CoseAlgorithm.Ed25519, group.GetProperty("publicKey").Hex("pk"));

        var isValid = key?.Verify(test.Hex("msg"), test.Hex("sig")) ?? false;

        isValid.ShouldBe(test.Text("result") == "valid");
    }

    [Theory]
    [MemberData(nameof(X25519))]
    public void X25519_agrees_and_refuses_an_all_zero_secret(int id)
    {
        var test = Find(X25519File, id).Test;
        using var own = KemKeyPair.Import(Kem.X25519, test.Hex("private"));
        Span<byte> secret = stackalloc byte[32];
        Span<byte> expected = stackalloc byte[32];

        var agreed = own.Decapsulate(test.Hex("public"), secret);

        agreed.ShouldBe(test.Hex("shared").Any(b => b != 0));
        if (!agreed)
            return;
        Hpke.DhkemSecret(Kem.X25519, test.Hex("shared"), test.Hex("public"), own.PublicKey, expected);
        Convert.ToHexString(secret).ShouldBe(Convert.ToHexString(expected));
    }

    [Theory]
    [MemberData(nameof(EvidenceSuite))]
    public void Hpke_opens_the_vectors_of_the_product_suite(int position)
    {
        var vector = At("hpke/evb1-suite.json", "vectors", position);
        using var recipient = KemKeyPair.Import((Kem)vector.GetProperty("kem_id").GetInt32(), vector.Hex("skRm"));

        var opened = recipient.Open(vector.Hex("enc"), vector.Hex("info"), vector.Hex("aad"), vector.Hex("ct"));

        recipient.PublicKey.ToArray().ShouldBe(vector.Hex("pkRm"));
        opened.ShouldBe(vector.Hex("pt"));
    }

    [Theory]
    [MemberData(nameof(Rfc9180))]
    public void Hpke_derives_the_secrets_of_RFC_9180(int position)
    {
        var vector = At("hpke/rfc9180-base.json", "vectors", position);
        var kem = (Kem)vector.GetProperty("kem_id").GetInt32();
        using var recipient = KemKeyPair.Import(kem, vector.Hex("skRm"));
        Span<byte> secret = stackalloc byte[32];

        recipient.Decapsulate(vector.Hex("enc"), secret).ShouldBeTrue();

        Convert.ToHexStringLower(secret).ShouldBe(vector.Text("shared_secret"));
        // Our schedule is HKDF-SHA256 only; the suites with SHA-512 and without an AEAD end at the shared secret.
        if (vector.GetProperty("kdf_id").GetInt32() != 1 || vector.Text("key").Length == 0)
            return;
        var key = new byte[vector.Hex("key").Length];
        var nonce = new byte[12];
        Hpke.KeySchedule(kem, vector.GetProperty("aead_id").GetInt32(), secret, vector.Hex("info"), key, nonce);
        key.ShouldBe(vector.Hex("key"));
        nonce.ShouldBe(vector.Hex("base_nonce"));
    }

    [Theory]
    [InlineData(Kem.X25519)]
    [InlineData(Kem.P256)]
    [InlineData(Kem.XWing)]
    public void What_Hpke_sealed_opens_again_and_under_no_other_aad(Kem kem)
    {
        using var recipient = KemKeyPair.Generate(kem);

        var made = Hpke.Seal(kem, recipient.PublicKey, "info"u8, "aad"u8, "plaintext"u8)!;

        recipient.Open(made.Enc, "info"u8, "aad"u8, made.Ciphertext).ShouldBe("plaintext"u8.ToArray());
        recipient.Open(made.Enc, "info"u8, "AAD"u8, made.Ciphertext).ShouldBeNull();
        recipient.Open(made.Enc, "INFO"u8, "aad"u8, made.Ciphertext).ShouldBeNull();
    }

    [Fact]
    public void Hpke_refuses_to_seal_to_a_point_that_is_none()
    {
        Hpke.Seal(Kem.X25519, new byte[32], "info"u8, "aad"u8, "x"u8).ShouldBeNull();
        Hpke.Seal(Kem.P256, [4, .. new byte[64]], "info"u8, "aad"u8, "x"u8).ShouldBeNull();
        Hpke.Seal(Kem.X25519, new byte[31], "info"u8, "aad"u8, "x"u8).ShouldBeNull();
        Hpke.Seal((Kem)7, new byte[32], "info"u8, "aad"u8, "x"u8).ShouldBeNull();
    }

    [Theory]
    [MemberData(nameof(SFrameHeaders))]
    public void SFrame_headers_are_written_and_read_in_their_shortest_form(int position)
    {
        var vector = At("rfc9605/test-vectors.json", "header", position);
        var (kid, ctr) = (vector.GetProperty("kid").GetUInt64(), vector.GetProperty("ctr").GetUInt64());

        Convert.ToHexStringLower(SFrame.EncodeHeader(kid, ctr)).ShouldBe(vector.Text("encoded"));

        SFrame.ParseHeader(vector.Hex("encoded")).ShouldBe(new SFrameHeader(kid, ctr, vector.Hex("encoded").Length));
    }

    [Theory]
    [InlineData("")]
    [InlineData("88")] // both fields announce a byte that is not there
    [InlineData("8007")] // 7 fits the config byte
    [InlineData("900008")] // leading zero
    public void SFrame_headers_in_a_longer_form_are_refused(string hex)
    {
        SFrame.ParseHeader(Convert.FromHexString(hex)).ShouldBeNull();
    }

    [Fact]
    public void SFrame_suite_5_opens_and_seals_the_vector_of_RFC_9605()
    {
        var vector = Vectors
            .Json("rfc9605/test-vectors.json")
            .GetProperty("sframe")
            .EnumerateArray()
            .Single(v => v.GetProperty("cipher_suite").GetInt32() == 5);
        var (kid, ctr) = (vector.GetProperty("kid").GetUInt64(), vector.GetProperty("ctr").GetUInt64());
        using var sframe = new SFrame(vector.Hex("base_key"), kid);
        var header = SFrame.ParseHeader(vector.Hex("ct"))!.Value;

        sframe.Open(vector.Hex("ct"), header, vector.Hex("metadata")).ShouldBe(vector.Hex("pt"));

        sframe.Seal(kid, ctr, vector.Hex("pt"), vector.Hex("metadata")).ShouldBe(vector.Hex("ct"));
    }

    [Theory]
    [MemberData(nameof(Trees))]
    public void Merkle_roots_and_proofs_are_those_of_RFC_9162(int position)
    {
        var tree = At("evb1/merkle.json", "trees", position);
        ReadOnlyMemory<byte>[] leaves = [.. tree.HexList("leaves").Select(leaf => (ReadOnlyMemory<byte>)leaf)];
        var proofs = tree.GetProperty("proofs").EnumerateArray().ToArray();

        var root = MerkleTree.Root(leaves);

        root.ShouldBe(tree.Hex("root"));
        for (var i = 0; i < leaves.Length; i++)
        {
            var proof = MerkleTree.Proof(leaves, i);
            var hash = MerkleTree.LeafHash(leaves[i].Span);
            proof.Select(Convert.ToHexStringLower).ShouldBe(proofs[i].EnumerateArray().Select(p => p.GetString()!));
            MerkleTree.Includes(root, (ulong)leaves.Length, (ulong)i, hash, proof).ShouldBeTrue();
            MerkleTree.Includes(root, (ulong)leaves.Length, (ulong)leaves.Length, hash, proof).ShouldBeFalse();
            MerkleTree.Includes(root, (ulong)leaves.Length, (ulong)i, hash, [.. proof, root]).ShouldBeFalse();
            if (proof.Length > 0)
                MerkleTree.Includes(root, (ulong)leaves.Length, (ulong)i, hash, proof[1..]).ShouldBeFalse();
        }
    }

    private static TheoryData<int> Ids(string file) =>
        [.. Tests(file).Select(pair => pair.Test.GetProperty("tcId").GetInt32())];

    private static TheoryData<int> Positions(string file, string list) =>
        [.. Enumerable.Range(0, Vectors.Json(file).GetProperty(list).GetArrayLength())];

    private static JsonElement At(string file, string list, int position) =>
        Vectors.Json(file).GetProperty(list)[position];

    private static (JsonElement Group, JsonElement Test) Find(string file, int id) =>
        Tests(file).Single(pair => pair.Test.GetProperty("tcId").GetInt32() == id);

    private static IEnumerable<(JsonElement Group, JsonElement Test)> Tests(string file) =>
        Vectors
            .Json(file)
            .GetProperty("testGroups")
            .EnumerateArray()
            .SelectMany(group => group.GetProperty("tests").EnumerateArray().Select(test => (group, test)));
}
