"""Two words that both ends of a telephone call see: each knows from the other's word who they are talking to (N9).

Whoever says one of them has the same page before them. The words are easy to say and to tell apart, and the lists of
both languages go together, so that a caller and a member of the staff who read different ones still compare.
"""

from __future__ import annotations

from django.conf import settings
from django.utils.translation import get_language

from twofactor.protocol import sealing

_CHINESE = "zh"


def pair(name: str, language: str = "") -> tuple[str, str]:
    """The two words of a sign-in or a check: never the same word twice, and never to be guessed without the pepper.

    Args: `name` is the id of that row; `language` the reader's, else that of the moment. One pair in 65,280 fits a
    guess, and a caller has one guess before somebody who listens.
    """
    drawn = sealing.derive(settings.PORTAL_PEPPER, "pair", name)
    # A remainder of 32 bits: one word is likelier than another by less than one in ten million.
    first = int.from_bytes(drawn[:4], "big") % len(_WORDS)
    second = int.from_bytes(drawn[4:8], "big") % (len(_WORDS) - 1)
    second += second >= first
    column = int((language or get_language() or "").startswith(_CHINESE))
    return _WORDS[first][column], _WORDS[second][column]


_LIST = """
apple 蘋果 pear 梨子 peach 桃子 plum 李子 lemon 檸檬 melon 甜瓜 mango 芒果 banana 香蕉 cherry 櫻桃 grape 葡萄
orange 橙子 coconut 椰子 pineapple 菠蘿 strawberry 草莓 walnut 核桃 peanut 花生 tomato 番茄 potato 馬鈴薯
carrot 紅蘿蔔 onion 洋蔥 garlic 大蒜 pepper 胡椒 pumpkin 南瓜 cucumber 黃瓜 mushroom 蘑菇 spinach 菠菜 ginger 生薑
bean 豆子 corn 玉米 rice 白米 bread 麵包 noodle 麵條 pancake 薄餅 cheese 芝士 honey 蜂蜜 sugar 砂糖 salt 食鹽
vinegar 食醋 coffee 咖啡 juice 果汁 milk 牛奶 soup 湯水 cake 蛋糕 biscuit 餅乾 chocolate 巧克力 jam 果醬 egg 雞蛋
sausage 香腸 horse 馬匹 donkey 驢子 camel 駱駝 elephant 大象 tiger 老虎 lion 獅子 bear 狗熊 wolf 野狼 fox 狐狸
rabbit 兔子 squirrel 松鼠 monkey 猴子 panda 熊貓 giraffe 長頸鹿 zebra 斑馬 kangaroo 袋鼠 cow 母牛 goat 山羊 sheep 綿羊
pig 小豬 dog 小狗 cat 貓咪 mouse 老鼠 turtle 烏龜 frog 青蛙 snake 長蛇 crocodile 鱷魚 dragon 飛龍 whale 鯨魚
dolphin 海豚 shark 鯊魚 octopus 章魚 eagle 老鷹 owl 貓頭鷹 parrot 鸚鵡 penguin 企鵝 swan 天鵝 duck 鴨子 chicken 母雞
peacock 孔雀 butterfly 蝴蝶 bee 蜜蜂 spider 蜘蛛 ant 螞蟻 snail 蝸牛 crab 螃蟹 lobster 龍蝦 salmon 三文魚
mountain 高山 river 河流 lake 湖泊 ocean 海洋 island 小島 desert 沙漠 forest 森林 valley 山谷 volcano 火山
waterfall 瀑布 beach 沙灘 cave 山洞 bridge 橋樑 tunnel 隧道 harbour 港口 lighthouse 燈塔 lightning 閃電 snow 白雪
thunder 雷聲 rainbow 彩虹 cloud 雲朵 breeze 微風 storm 暴風 ice 冰塊 fire 火焰 smoke 煙霧 shadow 影子 sun 太陽
moon 月亮 star 星星 planet 行星 comet 彗星 tree 樹木 leaf 樹葉 flower 花朵 rose 玫瑰 tulip 鬱金香 lotus 蓮花
bamboo 竹子 cactus 仙人掌 grass 青草 seed 種子 root 樹根 branch 樹枝 garden 花園 fence 籬笆 farm 農場 barn 穀倉
house 房子 castle 城堡 tower 高塔 temple 寺廟 palace 皇宮 hotel 酒店 school 學校 library 圖書館 museum 博物館
theatre 劇院 market 市場 bakery 麵包店 hospital 醫院 factory 工廠 station 車站 airport 機場 door 大門 window 窗戶
roof 屋頂 ceiling 天花板 floor 地板 stairs 樓梯 kitchen 廚房 chimney 煙囪 mirror 鏡子 carpet 地毯 curtain 窗簾
pillow 枕頭 blanket 毛毯 candle 蠟燭 lamp 檯燈 clock 時鐘 table 桌子 chair 椅子 sofa 沙發 bed 床鋪 shelf 書架
drawer 抽屜 basket 籃子 bottle 瓶子 glass 玻璃 plate 盤子 spoon 湯匙 fork 叉子 knife 刀子 bowl 飯碗 kettle 水壺
teapot 茶壺 hammer 錘子 nail 釘子 ladder 梯子 rope 繩子 bucket 水桶 shovel 鏟子 scissors 剪刀 needle 縫針 button 鈕扣
thread 棉線 umbrella 雨傘 suitcase 行李箱 wallet 錢包 backpack 背包 ticket 車票 envelope 信封 pencil 鉛筆 paper 紙張
book 書本 newspaper 報紙 letter 信件 stamp 郵票 painting 油畫 camera 相機 radio 收音機 telescope 望遠鏡 compass 指南針
map 地圖 flag 旗幟 anchor 船錨 magnet 磁鐵 battery 電池 guitar 結他 piano 鋼琴 violin 小提琴 drum 大鼓 trumpet 小號
flute 長笛 bell 鈴鐺 whistle 口哨 dance 舞蹈 song 歌曲 balloon 氣球 kite 風箏 puzzle 拼圖 doll 洋娃娃 football 足球
tennis 網球 train 火車 bus 巴士 bicycle 單車 motorcycle 電單車 taxi 的士 truck 貨車 ferry 渡輪 sailboat 帆船
submarine 潛艇 airplane 飛機 helicopter 直升機 rocket 火箭 tractor 拖拉機 wheel 車輪 engine 引擎 parachute 降落傘
""".split()  # noqa: SIM905 - two hundred and fifty-six lines are no list to read
_WORDS = tuple(zip(_LIST[::2], _LIST[1::2], strict=True))
