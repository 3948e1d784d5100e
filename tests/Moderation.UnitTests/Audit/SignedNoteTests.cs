// Notes, keys and checkpoints in the forms of C2SP, against examples published elsewhere and made by hand.
using Moderation.Evidence;
using Moderation.Evidence.Audit;

namespace Moderation.UnitTests.Audit;

public sealed class SignedNoteTests
{
    // The example pair of the Go package that signed notes come from; Ed25519 signs the same way each time.
    private const string PrivateExample =
        "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
    private const string PublicExample = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    private const string TextExample =
        "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
    private const string LineExample =
        "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

    [Fact]
    public void A_published_note_is_signed_and_verified_byte_for_byte()
    {
        using var signer = NoteSigner.Parse(PrivateExample).ShouldNotBeNull();
        signer.PublicKey.ToString().ShouldBe(PublicExample);
        signer.Export().ShouldBe(PrivateExample);
        var note = new SignedNote(TextExample, [signer.Sign(TextExample)]);

        note.ToString().ShouldBe($"{TextExample}\n{LineExample}");
        SignedNote
            .Parse($"{TextExample}\n{LineExample}")
            .ShouldNotBeNull()
            .IsSignedBy(Key(PublicExample))
            .ShouldBeTrue();
    }

    [Fact]
    public void Any_changed_character_of_a_note_makes_it_no_note_or_unsigned()
    {
        var good = $"{TextExample}\n{LineExample}";
        for (var i = 0; i < good.Length; i++)
        {
            var bad = $"{good[..i]}{(char)(good[i] ^ 1)}{good[(i + 1)..]}";
            (SignedNote.Parse(bad)?.IsSignedBy(Key(PublicExample)) ?? false).ShouldBeFalse($"character {i}");
        }
    }

    [Fact]
    public void A_checkpoint_has_three_lines_and_the_hash_of_its_text_leaves_the_signatures_out()
    {
        var root = Convert.FromBase64String("CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=");
        var checkpoint = new Checkpoint("example.com/behind-the-sofa", 20852163, root);

        // The example of the specification tlog-checkpoint.
        checkpoint.Body.ShouldBe(
            "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
        );
        using var signer = NoteSigner.Generate(checkpoint.Origin);
        using var second = NoteSigner.Generate(checkpoint.Origin);
        var note = checkpoint.Sign([signer, second]).ToString();
        foreach (var key in new[] { signer.PublicKey, second.PublicKey })
            Checkpoint.Verify(note, [key]).ShouldNotBeNull().BodyHash().ShouldBe(checkpoint.BodyHash());
        checkpoint.BodyHash().ShouldBe(Checkpoint.BodyHash(SignedNote.Parse(note)!.Text));
    }

    [Fact]
    public void A_checkpoint_signed_under_another_name_or_by_a_witness_is_not_the_logs()
    {
        using var other = NoteSigner.Generate("other.invalid/log");
        var checkpoint = new Checkpoint("some.invalid/log", 3, new byte[32]);
        var note = checkpoint.Sign([other]).ToString();

        Checkpoint.Verify(note, [other.PublicKey]).ShouldBeNull();
        Checkpoint.Verify(note, []).ShouldBeNull();
    }

    [Theory]
    [InlineData("some.invalid/log\n03\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n")]
    [InlineData("some.invalid/log\n+3\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n")]
    [InlineData("some.invalid/log\n3\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB=\n")]
    [InlineData("some.invalid/log\n3\nAAAA\n")]
    [InlineData("some.invalid/log\n3\n")]
    [InlineData("\n3\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n")]
    [InlineData("some.invalid/log\n3\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")]
    public void What_is_not_written_as_it_should_be_is_no_checkpoint(string text) =>
        Checkpoint.Parse(text).ShouldBeNull();

    [Fact]
    public void A_cosignature_binds_its_time_and_the_text()
    {
        const string name = "witness.invalid/w1";
        using var witness = CoseSigner.Generate();
        var key = NoteKey.From(name, NoteKeyKind.Cosignature, witness.PublicKey.PublicKey).ShouldNotBeNull();
        const string text = "some.invalid/log\n3\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n";
        byte[] time = [0, 0, 0, 0, 0x64, 0x18, 0x68, 0xC1];
        var signature = new NoteSignature(
            name,
            key.Id,
            [.. time, .. witness.Sign(NoteKey.CosignedOf(1679321281, text))]
        );

        NoteKey.Parse(key.ToString()).ShouldNotBeNull().Verifies(text, signature).ShouldBeTrue();
        NoteKey.TimeOf(signature).ShouldBe(1679321281UL);
        signature.Signature[7] ^= 1;
        key.Verifies(text, signature).ShouldBeFalse();
        NoteKey.CosignedOf(1, text)[..22].ShouldBe("cosignature/v1\ntime 1\n"u8.ToArray());
    }

    private static NoteKey Key(string text) => NoteKey.Parse(text).ShouldNotBeNull();
}
