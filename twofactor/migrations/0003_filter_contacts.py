"""Where to ask when texts are kept back, to begin with. Staff keep the list from here on.

611 is the industry's short number for a company's own customer service in the US and Canada; 1909 is where the rules of
India's regulator let a subscriber change the preference about commercial texts; 10086, 10010 and 10000 are the customer
service numbers of the three operators named.
"""

from django.db import migrations

CONTACTS = [
    (
        "US",
        "Your mobile phone company (611)",
        "您的流動電話公司（611）",
        "Call 611 from the phone itself, or the number on your bill. Ask whether texts from short numbers or from "
        "businesses are blocked for your line (often called short code, premium message or spam block), and have the "
        "block lifted. Do not forward our texts to 7726: that reports them as spam.",
        "用該手機撥打 611，或撥打帳單上的客服電話。請查詢您的號碼是否封鎖了短號碼或企業短訊（常稱為 short code、premium "
        "message 或 spam block），並要求解除。請勿把我們的短訊轉寄至 7726，那會把它舉報為垃圾短訊。",
    ),
    (
        "IN",
        "Your mobile operator",
        "您的流動電訊商",
        "Call the customer care of your operator; the number is in its app and on your bill. Say that texts with "
        "security codes do not arrive, and ask whether they are held back for your number.",
        "請致電您的流動電訊商客戶服務，電話號碼見其應用程式或帳單。請說明您收不到載有安全碼的短訊，並查詢該號碼的短訊是否被攔截。",
    ),
    (
        "IN",
        "Do Not Disturb preferences (1909)",
        "Do Not Disturb 選擇登記（1909）",
        "Call 1909, free of charge, to hear and change your preference about commercial texts. Security codes should "
        "arrive whatever you chose; if they do not, a full block may be the reason.",
        "撥打免費電話 1909，可查詢及更改您對商業短訊的選擇（Do Not Disturb）。無論您如何選擇，安全碼都應能送達；"
        "如收不到，可能是因為全面封鎖。",
    ),
    (
        "CN",
        "China Mobile (10086)",
        "中國移動（10086）",
        "Call 10086. Say that texts with security codes, often from numbers beginning with 106, do not arrive, and ask "
        "whether your number is on a list that blocks them.",
        "請致電 10086。請說明您收不到安全碼短訊（發送號碼多以 106 開頭），並查詢您的號碼是否被列入攔截名單。",
    ),
    (
        "CN",
        "China Unicom (10010)",
        "中國聯通（10010）",
        "Call 10010. Say that texts with security codes, often from numbers beginning with 106, do not arrive, and ask "
        "whether your number is on a list that blocks them.",
        "請致電 10010。請說明您收不到安全碼短訊（發送號碼多以 106 開頭），並查詢您的號碼是否被列入攔截名單。",
    ),
    (
        "CN",
        "China Telecom (10000)",
        "中國電信（10000）",
        "Call 10000. Say that texts with security codes, often from numbers beginning with 106, do not arrive, and ask "
        "whether your number is on a list that blocks them.",
        "請致電 10000。請說明您收不到安全碼短訊（發送號碼多以 106 開頭），並查詢您的號碼是否被列入攔截名單。",
    ),
]


def fill(apps, schema_editor):
    contacts = apps.get_model("twofactor", "FilterContact").objects
    for country, service, service_zh, how, how_zh in CONTACTS:
        contacts.create(country=country, service=service, service_zh=service_zh, how=how, how_zh=how_zh)


class Migration(migrations.Migration):
    dependencies = [("twofactor", "0002_phones")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
