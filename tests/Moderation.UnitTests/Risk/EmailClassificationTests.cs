// Classification of mail addresses: order of the lists, whole labels, public suffixes, international names.
using Moderation.Domain.Risk;

namespace Moderation.UnitTests.Risk;

public class EmailClassificationTests
{
    [Theory]
    [InlineData("mx.Mailinator.com.", MailClass.Curated, "mailinator.com")]
    [InlineData("K.Long+tag@Gmail.com", MailClass.Free, "gmail.com")]
    [InlineData("  someone@gmail.com \t", MailClass.Free, "gmail.com")]
    [InlineData("a@b@mailinator.com", MailClass.Curated, "mailinator.com")]
    [InlineData("x@0-30-24.com", MailClass.Aggregate, "0-30-24.com")]
    [InlineData("x@example.org", MailClass.None, null)]
    public void The_list_that_holds_the_host_or_a_parent_names_the_class(
        string text,
        MailClass expected,
        string? matched
    )
    {
        var mail = EmailClassification.Of(RiskTestData.Snapshot, text);

        mail.Error.ShouldBe(MailError.None);
        mail.Class.ShouldBe(expected);
        mail.Matched.ShouldBe(matched);
    }

    [Theory]
    [InlineData("relay.firefox.com")]
    [InlineData("addy.io")]
    [InlineData("erine.email")]
    public void A_relay_is_a_relay_though_the_aggregate_list_calls_it_throwaway(string host)
    {
        RiskTestData.Snapshot.Aggregate!.Contains(host).ShouldBeTrue();

        EmailClassification.Of(RiskTestData.Snapshot, $"x@{host}").Class.ShouldBe(MailClass.Relay);
    }

    [Fact]
    public void Relay_wins_over_curated_over_free_over_aggregate()
    {
        var lists = Lists("a.com\nb.com\nc.com\nd.com", "a.com\nb.com\nc.com", "a.com\nb.com", "a.com,Relay");

        Class(lists, "a.com").ShouldBe(MailClass.Relay);
        Class(lists, "b.com").ShouldBe(MailClass.Curated);
        Class(lists, "c.com").ShouldBe(MailClass.Free);
        Class(lists, "d.com").ShouldBe(MailClass.Aggregate);
        Class(lists, "a.com.b.com").ShouldBe(MailClass.Curated);

        static MailClass Class(RiskSnapshot lists, string host) => EmailClassification.Of(lists, host).Class;
    }

    [Fact]
    public void A_name_that_only_ends_like_a_listed_one_does_not_match()
    {
        var lists = Lists("listed.com", "z.com", "listed.com", "y.com,Relay");

        EmailClassification.Of(lists, "notlisted.com").Class.ShouldBe(MailClass.None);
        EmailClassification.Of(lists, "not.listed.com").Class.ShouldBe(MailClass.Curated);
        EmailClassification.Of(lists, "listed.com.org").Class.ShouldBe(MailClass.None);
    }

    [Fact]
    public void A_parent_above_the_registrable_domain_never_matches()
    {
        // dyn.example is a private suffix: its customers are strangers to each other.
        var lists = Lists("dyn.example\nco.com", "z.com", "dyn.example\nco.com", "y.com,Relay");

        EmailClassification.Of(lists, "friend.dyn.example").Class.ShouldBe(MailClass.None);
        EmailClassification.Of(lists, "dyn.example").Class.ShouldBe(MailClass.Curated);
        EmailClassification.Of(lists, "shop.co.com").Class.ShouldBe(MailClass.None);
    }

    [Theory]
    [InlineData("co.uk")]
    [InlineData("x@com")]
    [InlineData("foo.ck")]
    [InlineData("公司.cn")]
    public void A_host_that_is_an_icann_suffix_is_refused(string text) =>
        EmailClassification.Of(RiskTestData.Snapshot, text).Error.ShouldBe(MailError.PublicSuffix);

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("x@")]
    [InlineData("a..b")]
    [InlineData("mailinator.com..")]
    [InlineData("x@-a.com")]
    [InlineData("x@a b.com")]
    [InlineData("x@[192.0.2.1]")]
    [InlineData("x@a_b.com")]
    [InlineData("x@xn--0.com")]
    [InlineData("x@aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.com")]
    public void What_is_no_host_name_is_malformed(string text) =>
        EmailClassification.Of(RiskTestData.Snapshot, text).Error.ShouldBe(MailError.Malformed);

    [Theory]
    [InlineData("Info+x@example.org", "info")]
    [InlineData("info@example.org", "info")]
    [InlineData("information.desk@example.org", null)]
    [InlineData("example.org", null)]
    public void A_role_is_the_local_part_before_the_plus(string text, string? role) =>
        EmailClassification.Of(RiskTestData.Snapshot, text).Role.ShouldBe(role);

    [Fact]
    public void Without_a_list_its_signal_is_unknown_and_not_false()
    {
        var lists = RiskTestData.Of((RiskFiles.PublicSuffixList, "com\n"), (RiskFiles.Curated, "a.com\n"));
        var mail = EmailClassification.Of(lists, "b.com");

        mail.Holds("email.disposable.curated", lists).ShouldBe(false);
        mail.Holds("email.disposable.aggregate", lists).ShouldBeNull();
        mail.Holds("email.relay", lists).ShouldBeNull();
        EmailClassification.Of(lists, "a.com").Holds("email.disposable.aggregate", lists).ShouldBe(false);
    }

    static RiskSnapshot Lists(string aggregate, string free, string curated, string relay) =>
        RiskTestData.Of(
            (RiskFiles.PublicSuffixList, "com\nco.com\norg\nexample\n// ===BEGIN PRIVATE DOMAINS===\ndyn.example\n"),
            (RiskFiles.Aggregate, aggregate),
            (RiskFiles.FreeMail, free),
            (RiskFiles.Curated, curated),
            (RiskFiles.PrivacyRelay, $"domain,service\n{relay}")
        );
}
