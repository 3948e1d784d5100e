// The verifier accepts what Standard Webhooks says is signed, and nothing else.
using System.Security.Cryptography;
using System.Text;
using Moderation.Sdk.Webhooks;

namespace Moderation.UnitTests.Sdk;

public sealed class WebhookVerifierTests
{
    // The example of the Standard Webhooks specification.
    private const string Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    private const string Id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    private const string Timestamp = "1614265330";
    private const string Signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
    private static readonly byte[] Body = "{\"test\": 2432232314}"u8.ToArray();

    [Fact]
    public void The_example_of_the_specification_is_genuine() =>
        Verify(Id, Timestamp, Signature, Body).ShouldBe(WebhookVerdict.Genuine);

    [Fact]
    public void A_changed_byte_anywhere_in_the_body_is_refused()
    {
        for (var i = 0; i < Body.Length; i++)
        {
            var changed = (byte[])Body.Clone();
            changed[i] ^= 1;
            Verify(Id, Timestamp, Signature, changed).ShouldBe(WebhookVerdict.SignatureMismatch);
        }
    }

    [Theory]
    [InlineData("msg_p5jXN8AQM9LWM0D4loKWxJel", Timestamp, Signature, WebhookVerdict.SignatureMismatch)]
    [InlineData(Id, "1614265331", Signature, WebhookVerdict.SignatureMismatch)]
    [InlineData(Id, Timestamp, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1Oe=", WebhookVerdict.SignatureMismatch)]
    [InlineData(Id, Timestamp, "v2,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", WebhookVerdict.SignatureMismatch)]
    [InlineData(Id, Timestamp, "v1a,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", WebhookVerdict.SignatureMismatch)]
    [InlineData(Id, Timestamp, "v1,", WebhookVerdict.SignatureMismatch)]
    [InlineData(Id, Timestamp, "", WebhookVerdict.HeadersMalformed)]
    [InlineData(Id, Timestamp, null, WebhookVerdict.HeadersMalformed)]
    [InlineData("", Timestamp, Signature, WebhookVerdict.HeadersMalformed)]
    [InlineData(null, Timestamp, Signature, WebhookVerdict.HeadersMalformed)]
    [InlineData(Id, null, Signature, WebhookVerdict.HeadersMalformed)]
    [InlineData(Id, "01614265330", Signature, WebhookVerdict.HeadersMalformed)]
    [InlineData(Id, "+1614265330", Signature, WebhookVerdict.HeadersMalformed)]
    [InlineData(Id, "1614265330.0", Signature, WebhookVerdict.HeadersMalformed)]
    [InlineData(Id, "yesterday", Signature, WebhookVerdict.HeadersMalformed)]
    public void A_changed_header_is_refused(string? id, string? timestamp, string? signature, WebhookVerdict verdict) =>
        Verify(id, timestamp, signature, Body).ShouldBe(verdict);

    [Theory]
    [InlineData(-300, WebhookVerdict.Genuine)]
    [InlineData(300, WebhookVerdict.Genuine)]
    [InlineData(-301, WebhookVerdict.TimestampOutOfTolerance)]
    [InlineData(301, WebhookVerdict.TimestampOutOfTolerance)]
    public void A_timestamp_may_be_five_minutes_off_either_way(int secondsOff, WebhookVerdict verdict) =>
        Verify(Id, Timestamp, Signature, Body, secondsOff).ShouldBe(verdict);

    [Fact]
    public void One_fitting_signature_among_several_suffices() =>
        Verify(Id, Timestamp, $"v1a,xyz v1,AAAA {Signature}", Body).ShouldBe(WebhookVerdict.Genuine);

    [Fact]
    public void During_a_rotation_the_old_and_the_new_secret_are_both_accepted()
    {
        var fresh = "whsec_" + Convert.ToBase64String(new byte[32]);
        var verifier = new WebhookVerifier([fresh, Secret], new StoppedClock(0));
        var signed = Encoding.UTF8.GetBytes($"{Id}.{Timestamp}.").Concat(Body).ToArray();
        var byFresh = "v1," + Convert.ToBase64String(HMACSHA256.HashData(new byte[32], signed));

        verifier.Verify(Id, Timestamp, Signature, Body).ShouldBe(WebhookVerdict.Genuine);
        verifier.Verify(Id, Timestamp, byFresh, Body).ShouldBe(WebhookVerdict.Genuine);
        Verify(Id, Timestamp, byFresh, Body).ShouldBe(WebhookVerdict.SignatureMismatch);
    }

    [Theory]
    [InlineData("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]
    [InlineData("whsec_")]
    [InlineData("whsec_c2hvcnQ=")]
    [InlineData("whsec_not base64!")]
    public void A_secret_of_another_form_is_refused(string secret) =>
        Should.Throw<FormatException>(() => new WebhookVerifier(secret));

    private static WebhookVerdict Verify(
        string? id,
        string? timestamp,
        string? signature,
        byte[] body,
        int secondsOff = 0
    ) => new WebhookVerifier([Secret], new StoppedClock(secondsOff)).Verify(id, timestamp, signature, body);

    private sealed class StoppedClock(int secondsOff) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeSeconds(1614265330 + secondsOff);
    }
}
